//! Puts the script into the program: the bundle that `AGENT_SCRIPT` names, or one that says that there is none.

use std::{env, fs, path::Path};

fn main() {
    for variable in ["AGENT_SCRIPT", "AGENT_BUILD"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let script = env::var("AGENT_SCRIPT").map_or_else(
        |_| String::from("throw new Error('built without the script of the agent')"),
        |path| {
            println!("cargo::rerun-if-changed={path}");
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
        },
    );
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("agent.js"), script).expect("the script can be written");
    println!("cargo::rustc-env=AGENT_BUILD={}", env::var("AGENT_BUILD").unwrap_or_default());
}
