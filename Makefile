# Two commands do all set-up on a fresh Debian or Ubuntu with Rust: `make run` and `make test`.
.PHONY: run test nightly setup lint bench peers clean help

help:            ## What can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

run: setup       ## Install what is missing, build, and run the main job: `orthoscope demo`
	cargo run --release --bin orthoscope -- demo

test: setup      ## All tests
	cargo test --workspace --locked

nightly: setup   ## The tests of the readers with 10,000 random files of each kind
	PROPTEST_CASES=10000 cargo test -p orthoscope-raster --locked --test hostile --test codings --test variables

lint:            ## Formatting and clippy, warnings as errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings

bench:           ## Benchmarks (criterion) of the hot paths
	cargo bench --workspace

setup:
	@sh packaging/setup.sh

clean:
	cargo clean
