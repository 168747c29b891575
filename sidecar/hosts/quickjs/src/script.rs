//! The engine with the script in it. A script that throws, runs without end or wants too much memory ends the process:
//! the kubelet starts it anew, and the log says why.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::function::Args;
use rquickjs::{CaughtError, Context, Ctx, Function, IntoJs, Object, Runtime, TypedArray, Value};

use crate::answer::Event;
use crate::natives;
use crate::print::fail;

/// What the script may hold. It holds a tenth of it; the pod's limit is meant for the app. Bytes.
const MAXIMUM_HEAP_BYTES: usize = 4 * 1024 * 1024;

/// Far below the 8 MiB of the main thread. Bytes.
const MAXIMUM_STACK_BYTES: usize = 256 * 1024;

/// Cycles are looked for each time so much more is held. Most of what the script makes is freed at once. Bytes.
const COLLECT_BYTES: usize = 128 * 1024;

/// Longest time without coming back to the loop, at a tenth of a CPU.
const MAXIMUM_TURN: Duration = Duration::from_secs(10);

/// What the core needs of the language, and no more: each part costs memory.
type Language = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

pub struct Script {
    runtime: Runtime,
    context: Context,
    began: Rc<Cell<Instant>>,
    rejected: Rc<RefCell<Rejected>>,
}

/// Promises whose rejection nobody has taken note of.
#[derive(Default)]
struct Rejected {
    count: i32,
    reason: String,
}

impl Script {
    pub fn start(source: &str) -> Self {
        let runtime = Runtime::new().unwrap_or_else(|error| fail("engine could not be started", &error.to_string()));
        runtime.set_memory_limit(MAXIMUM_HEAP_BYTES);
        runtime.set_max_stack_size(MAXIMUM_STACK_BYTES);
        runtime.set_gc_threshold(COLLECT_BYTES);
        let began = Rc::new(Cell::new(Instant::now()));
        let turn = began.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || turn.get().elapsed() > MAXIMUM_TURN)));
        let rejected = Rc::new(RefCell::new(Rejected::default()));
        let seen = rejected.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_, _, reason, is_handled| {
            let mut seen = seen.borrow_mut();
            seen.count += if is_handled { -1 } else { 1 };
            seen.reason = describe(&reason);
        })));
        let context = Context::custom::<Language>(&runtime)
            .unwrap_or_else(|error| fail("engine could not be started", &error.to_string()));
        let script = Self { runtime, context, began, rejected };
        script.turn(|context| {
            context.globals().set("native", natives::register(context)?)?;
            let mut options = EvalOptions::default();
            options.filename = Some(String::from("agent.js"));
            context.eval_with_options::<(), _>(source, options)
        });
        script
    }

    pub fn tell(&self, event: Event) {
        self.turn(|context| match event {
            Event::Answer(id, answer) => call(context, "onAnswer", [id.into_js(context)?, answer.into_js(context)?]),
            Event::Page(id, path) => call(context, "onPage", [id.into_js(context)?, path.into_js(context)?]),
            Event::Piece(id, piece) => {
                let piece = TypedArray::new(context.clone(), piece)?.into_value();
                call(context, "onPiece", [id.into_js(context)?, piece])
            }
            Event::Stop => call(context, "onStop", []),
        });
    }

    /// Lets the script run, and then whatever it left to be done.
    fn turn(&self, work: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<()>) {
        self.began.set(Instant::now());
        self.context.with(|context| {
            if let Err(error) = work(&context) {
                fail("script failed", &CaughtError::from_error(&context, error).to_string());
            }
        });
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => break,
                Err(failed) => failed.0.with(|context| fail("script failed", &describe(&context.catch()))),
            }
        }
        let rejected = self.rejected.borrow();
        if rejected.count > 0 {
            fail("script failed", &rejected.reason);
        }
    }
}

fn call<'js, const COUNT: usize>(context: &Ctx<'js>, name: &str, values: [Value<'js>; COUNT]) -> rquickjs::Result<()> {
    let native: Object<'js> = context.globals().get("native")?;
    let function: Function<'js> = native.get(name)?;
    let mut args = Args::new(context.clone(), COUNT);
    args.push_args(values)?;
    args.apply(&function)
}

fn describe(value: &Value<'_>) -> String {
    // What the engine throws when there is no room left for an error. The core throws nothing of the kind.
    if value.is_null() {
        return "out of memory".into();
    }
    let exception = value.as_object().and_then(|object| rquickjs::Exception::from_object(object.clone()));
    exception.map_or_else(|| format!("{value:?}"), |exception| exception.to_string())
}
