//! The binary.

fn main() -> std::process::ExitCode {
    nightbell::cli::main()
}
