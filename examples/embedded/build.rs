//! Fails the build if a migration or stage file is not as it was sealed; embeds the project in the program.

fn main() {
    evolve::build::embed(".");
}
