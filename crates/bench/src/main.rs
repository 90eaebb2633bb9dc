//! `gemba-bench SUITE --data DIR [--json]`

fn main() -> anyhow::Result<()> {
    gemba_bench::main_with(std::env::args())
}
