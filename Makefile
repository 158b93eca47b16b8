# Everything from a fresh machine on: needs make, a C compiler, Rust from rustup, Python 3 with pip; the rest is set up.
# The second call of each target needs no network.

MODEL     := base-q8_0
RECORDING := examples/recordings/phone-en.m4a

# Where the program looks for models; exported, so that set-up, program and tests agree on one folder.
DATA := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)
export TRANSCRIBE_MODELS ?= $(DATA)/transcribe/models

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/release/transcribe
DEMO   := $(TARGET)/demo

# rustup puts cargo here; a shell that was open before does not know yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: help demo test programs setup build model install clean

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST))

demo: build model ## set everything up and transcribe a real recording
	@mkdir -p "$(DEMO)"
	"$(BINARY)" --overwrite -f txt,srt,json -o "$(DEMO)" $(RECORDING)
	@set -e; stem="$(DEMO)/$(basename $(notdir $(RECORDING)))"; \
	printf '\n--- %s\n' "$$stem.txt"; cat "$$stem.txt"; \
	printf '\n--- %s (the first cues)\n' "$$stem.srt"; head -n 12 "$$stem.srt"

test: model programs ## set everything up and run all tests
	cargo test --release --locked --workspace
	cargo test --release --locked --test programs

# `scripts/python` once beforehand: tests run side by side and would all install its packages at once.
programs: setup
	@scripts/setup test
	@scripts/python -c pass

setup: ## install missing system packages (says which)
	@scripts/setup

build: setup ## build the program (release)
	cargo build --release --locked

model: setup ## get the default model and that of speakers into the user's data folder
	@scripts/python scripts/build_model.py $(MODEL) "$(TRANSCRIBE_MODELS)"
	@scripts/build_speakers.py "$(TRANSCRIBE_MODELS)"

install: setup ## install the program into ~/.cargo/bin
	cargo install --path . --locked

clean: ## remove what was built (models stay)
	cargo clean
