//! Empty: the fuzzer is the example beside it, since `cargo install --git` would take two programs in a repository for a question.
