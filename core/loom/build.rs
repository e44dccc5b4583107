//! Only this build of the core is the model.

fn main() {
    println!("cargo::rustc-cfg=loom");
}
