Jenkins compiles no Rust.
