//! The binary.

/// A notification is many small strings: this allocator gives and takes them twice as fast as the C library's, and musl's
/// even more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    nightbell::cli::main()
}
