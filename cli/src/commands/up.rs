use callboard_stack::{DataDir, Stack, StackError, StackOptions, StackState, WorkerPermissions};
use clap::Args;

use super::status;
use crate::context::Context;
use crate::fail::{Category, Failure, Outcome, Result};

/// Starts the private stack on this machine, prints its addresses when all is ready, and watches over it until Ctrl-C (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Return when all is ready, and let it run in the background
    #[arg(short, long)]
    detach: bool,
    /// The environment's name; anything but `development` forbids development tokens and top-ups by one person
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let stack_options = stack_options(context, options.environment.as_deref())?;
    if options.detach {
        let state = start_detached(context, &stack_options).await?;
        return context.print(&status::report(&state));
    }
    let stack = bring_up(context, stack_options).await?;
    context.print(&status::report(stack.state()))?;
    context.note("Ctrl-C stops it; `callboard status`, `callboard calls watch` and `callboard console` look at it");
    stack.run_until(callboard_stack::terminated()).await;
    Ok(Outcome::Done)
}

/// What a stack on this machine is to be like.
pub(super) fn stack_options(context: &Context, environment: Option<&str>) -> Result<StackOptions> {
    let mut options = StackOptions::from_env(context.data()?, WorkerPermissions::of_the_contract())
        .map_err(|error| failure(&error))?;
    if let Some(environment) = environment {
        environment.clone_into(&mut options.environment);
    }
    Ok(options)
}

/// Brings a stack up in this process; asked to end before it is ready, ends what was started.
async fn bring_up(context: &Context, options: StackOptions) -> Result<Stack> {
    context.note(format!("starting nats-server, PostgreSQL and the workers; data in {}", options.data.display()));
    tokio::select! {
        stack = Stack::up(options.clone()) => stack.map_err(|error| failure(&error)),
        () = callboard_stack::terminated() => {
            // Dropping the half-raised stack kills its children; this clears up what a kill leaves behind.
            callboard_stack::down(&options.data).await.map_err(|error| failure(&error))?;
            Err(Failure::interrupted())
        }
    }
}

/// Starts a stack in the background; returns when it is ready.
pub(super) async fn start_detached(context: &Context, options: &StackOptions) -> Result<StackState> {
    context.note(format!("starting nats-server, PostgreSQL and the workers; data in {}", options.data.display()));
    let data = DataDir::create(&options.data).map_err(|error| failure(&error))?;
    let program =
        std::env::current_exe().map_err(|error| Failure::failed(format!("cannot find this program: {error}")))?;
    let mut command = tokio::process::Command::new(program);
    command.arg("up").arg("--data").arg(data.path()).args(["--environment", &options.environment, "--output", "json"]);
    callboard_stack::detach(command, &data).await.map_err(|error| failure(&error))
}

/// A failure of the stack, with a fitting exit code.
pub(super) fn failure(error: &StackError) -> Failure {
    let category = match error {
        StackError::InUse { .. } => Category::Conflict,
        StackError::Unusable(_) => Category::Usage,
        _ => Category::Failed,
    };
    let code = if category == Category::Conflict { "in_use" } else { "stack" };
    let failure = Failure::new(category, code, error.to_string());
    match error {
        StackError::Missing { .. } | StackError::TooOld { .. } => failure.hint("scripts/setup installs what is needed"),
        _ => failure.hint("`callboard doctor` checks what a stack needs"),
    }
}
