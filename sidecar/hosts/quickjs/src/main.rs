//! The agent as one program: its core, bundled from TypeScript, on the host of this crate.

fn main() {
    // Whoever built it asks by this whether it is what was meant, and whether it runs at all.
    if std::env::args().nth(1).as_deref() == Some("--build") {
        println!("{}", env!("AGENT_BUILD"));
        return;
    }
    quickjs_host::run(include_str!(concat!(env!("OUT_DIR"), "/agent.js")))
}
