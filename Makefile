# Two commands do all set-up on a fresh Debian or Ubuntu with Rust: `make run` and `make test`.
.PHONY: run test soak nightly setup lint bench peers clean help

help:            ## What can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

run: setup       ## Install what is missing, build, and run the main job: `orthoscope demo`
	cargo run --release --bin orthoscope -- demo

# Examples are measuring tools: `make lint` compiles them, but forty large programs are not linked for a test run.
test: setup      ## All tests
	cargo test --workspace --locked --lib --bins --tests
	cargo test --workspace --locked --doc

soak: setup      ## Hours of faults: 10,000 operations of labelling, kills, pulled disks, failing calls (root for the mounts)
	ORTHOSCOPE_OPERATIONS=10000 cargo test --release -p orthoscope-store --locked --lib -- an_hour_of_labelling
	ORTHOSCOPE_KILLS=10000 cargo test --release -p orthoscope-cli --locked --test command_line -- no_acknowledged_label
	PROPTEST_CASES=5000 cargo test --release -p orthoscope-store --locked --lib -- no_bit_flip any_change no_forged however_a_project
	cargo build --release -p orthoscope-store --example acknowledge --locked
	python3 tests/peers/store_faults.py 5000 1000
	python3 tests/peers/power_cuts.py 100000
	ORTHOSCOPE_MONKEY=200000 cargo test --release -p orthoscope-desktop --locked --lib -- a_hand_that_knows_nothing --nocapture

nightly: setup   ## The tests of the readers with 10,000 random files of each kind, and learning on a software adapter
	PROPTEST_CASES=10000 cargo test -p orthoscope-raster --locked --test hostile --test codings --test variables
	ORTHOSCOPE_SLOW=1 cargo test -p orthoscope-unet --locked --test network

lint:            ## Formatting and clippy, warnings as errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings

bench:           ## Benchmarks (criterion) of the hot paths
	cargo bench --workspace

setup:
	@sh packaging/setup.sh

clean:
	cargo clean
