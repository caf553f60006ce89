//! `nightshift`: see the crate `cli`.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cli::run(cli::Arguments::parse()).await
}
