//! Both sides of every module agree, and every module is sound.

use naga::{
    AddressSpace, Binding, Module, Scalar, ScalarKind, ShaderStage, TypeInner, VectorSize,
    valid::{Capabilities, ValidationFlags, Validator},
};

use expression::{BandLabel, Expression, Program};

use crate::{Access, KERNELS, LAYOUTS, PASSES, Pass, formula_source};

/// The module of a pass, with a formula that calls every function where it takes one.
fn source(pass: &Pass) -> String {
    if pass.takes_formula { pass.source_with(&formula_source(&everything()), false) } else { pass.source() }
}

fn everything() -> Program {
    let text = "abs(b1) + sqrt(b2) - exp(b3) * log(b1) / log2(b2) ^ log10(b3) + sin(b1) + cos(b2) + tan(b3) + asin(b1) \
                + acos(b2) + atan(b3) + tanh(b1) + floor(b2) + ceil(b3) + round(b1) + trunc(b2) + sign(b3) + isnan(b1) \
                + min(b1, b2) + max(b2, b3) + atan2(b1, b2) + b1 ^ 3 + -b2 + !b3 + (b1 < b2) + (b1 <= b2) + (b1 > b2) \
                + (b1 >= b2) + (b1 == b2) + (b1 != b2) + (b1 && b2) + (b1 || b2) + (b1 ? b2 : nan)";
    let bands = vec![BandLabel::default(); 3];
    Expression::parse(text).and_then(|expression| expression.resolve(&bands)).expect("a sound expression")
}

fn parsed(pass: &Pass) -> Module {
    parsed_text(pass.name, &source(pass))
}

fn parsed_text(name: &str, source: &str) -> Module {
    naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)))
}

/// Name and text of every module: of each pass, and of each kernel for each kind of samples.
fn modules() -> Vec<(&'static str, String)> {
    let passes = PASSES.iter().map(|pass| (pass.name, source(pass)));
    let of_kernel = |kernel: &'static crate::Kernel| {
        kernel.stored.iter().map(move |stored| (kernel.name, kernel.source(*stored)))
    };
    passes.chain(KERNELS.iter().flat_map(of_kernel)).collect()
}

#[test]
fn every_module_is_valid() {
    for (name, source) in modules() {
        let module = parsed_text(name, &source);
        let checked = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
        assert!(checked.is_ok(), "{name}: {}", checked.unwrap_err().emit_to_string(&source));
    }
}

#[test]
fn kernels_have_their_entry_threads_and_buffers_as_the_table_says() {
    for kernel in KERNELS {
        let module = parsed_text(kernel.name, &kernel.source(kernel.stored[0]));
        assert_eq!(module.entry_points.len(), 1, "{}", kernel.name);
        let entry = &module.entry_points[0];
        assert_eq!((entry.name.as_str(), entry.stage), (kernel.name, ShaderStage::Compute));
        assert_eq!(entry.workgroup_size, [kernel.threads, 1, 1], "{}", kernel.name);
        let mut found = vec![None; kernel.buffers.len()];
        for (_, global) in module.global_variables.iter() {
            let Some(at) = global.binding else { continue };
            let AddressSpace::Storage { access } = global.space else { panic!("{}: {at:?}", kernel.name) };
            let writes = access.contains(naga::StorageAccess::STORE);
            found[at.binding as usize] = Some(if writes { Access::ReadWrite } else { Access::Read });
        }
        let table: Vec<_> = kernel.buffers.iter().copied().map(Some).collect();
        assert_eq!(found, table, "{}", kernel.name);
    }
}

#[test]
fn every_entry_point_of_the_table_is_there_and_no_other() {
    for pass in PASSES {
        let module = parsed(pass);
        let named =
            |stage, name: &str| module.entry_points.iter().any(|e| e.stage == stage && e.name == name);
        assert!(named(ShaderStage::Vertex, pass.vertex), "{} lacks {}", pass.name, pass.vertex);
        assert!(named(ShaderStage::Fragment, pass.fragment), "{} lacks {}", pass.name, pass.fragment);
        for entry in &module.entry_points {
            let listed = PASSES.iter().any(|p| p.vertex == entry.name || p.fragment == entry.name);
            assert!(listed, "{} is in {} but in no row of the table", entry.name, pass.name);
        }
    }
}

#[test]
fn every_struct_in_a_buffer_lies_as_its_mirror() {
    let mut compared = Vec::new();
    for (module_name, source) in modules() {
        let module = parsed_text(module_name, &source);
        for (_, global) in module.global_variables.iter() {
            if !matches!(global.space, AddressSpace::Uniform | AddressSpace::Storage { .. }) {
                continue;
            }
            let mut ty = &module.types[global.ty];
            if let TypeInner::Array { base, .. } = ty.inner {
                ty = &module.types[base];
            }
            if !matches!(ty.inner, TypeInner::Struct { .. }) {
                continue;
            }
            compare(module_name, &module, ty, &mut compared);
        }
    }
    for layout in LAYOUTS {
        assert!(compared.iter().any(|name| name == layout.name), "no module uses {}", layout.name);
    }
}

/// Compares a struct with its mirror, and the structs that it holds with theirs.
fn compare(module_name: &str, module: &Module, ty: &naga::Type, compared: &mut Vec<String>) {
    let name = ty.name.clone().unwrap_or_default();
    let layout = LAYOUTS.iter().find(|layout| layout.name == name);
    let layout = layout.unwrap_or_else(|| panic!("{module_name}: no mirror of {name:?}"));
    let TypeInner::Struct { members, span } = &ty.inner else { panic!("{module_name}: {name} is no struct") };
    assert_eq!(*span as usize, layout.size, "{module_name}: size of {name}");
    let fields: Vec<(String, usize, usize)> = members
        .iter()
        .map(|member| {
            let size = module.types[member.ty].inner.size(module.to_ctx()) as usize;
            (member.name.clone().unwrap_or_default(), member.offset as usize, size)
        })
        .collect();
    let mirror: Vec<_> =
        layout.fields.iter().map(|(field, at, size)| ((*field).to_owned(), *at, *size)).collect();
    assert_eq!(fields, mirror, "{module_name}: fields of {name}");
    for member in members {
        if let TypeInner::Array { base, stride, .. } = module.types[member.ty].inner
            && let TypeInner::Struct { span, .. } = module.types[base].inner
        {
            assert_eq!(stride, span, "{module_name}: {name} holds structs with gaps between them");
            compare(module_name, module, &module.types[base], compared);
        }
    }
    compared.push(name);
}

#[test]
fn every_vertex_stage_takes_what_its_stream_gives() {
    for pass in PASSES {
        let module = parsed(pass);
        let Some(entry) = module.entry_points.iter().find(|entry| entry.name == pass.vertex) else {
            continue;
        };
        let mut taken: Vec<(u32, u32, bool)> = Vec::new();
        for argument in &entry.function.arguments {
            if let Some(Binding::Location { location, .. }) = argument.binding {
                let (count, scalar) = numbers(&module.types[argument.ty].inner);
                taken.push((location, count, scalar.kind == ScalarKind::Float));
            }
        }
        let given: Vec<_> = pass.stream.iter().flat_map(|stream| stream.attributes).zip(0..).collect();
        let given: Vec<_> = given.into_iter().map(|(a, n)| (n, a.in_shader().0, a.in_shader().1)).collect();
        assert_eq!(taken, given, "{}: location, count, is float", pass.name);
    }
}

fn numbers(inner: &TypeInner) -> (u32, Scalar) {
    match inner {
        TypeInner::Scalar(scalar) => (1, *scalar),
        TypeInner::Vector { size: VectorSize::Bi, scalar } => (2, *scalar),
        TypeInner::Vector { size: VectorSize::Tri, scalar } => (3, *scalar),
        TypeInner::Vector { size: VectorSize::Quad, scalar } => (4, *scalar),
        other => panic!("{other:?} cannot be a vertex attribute"),
    }
}

#[test]
fn every_group_has_the_number_that_its_place_in_the_table_says() {
    for pass in PASSES {
        let module = parsed(pass);
        let bound = module.global_variables.iter().filter_map(|(_, global)| global.binding);
        for binding in bound {
            assert!((binding.group as usize) < pass.groups.len(), "{}: group {}", pass.name, binding.group);
        }
    }
}

#[test]
fn no_file_is_longer_than_150_lines_and_none_lies_about_unused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let used: Vec<&str> = PASSES
        .iter()
        .flat_map(|pass| pass.parts)
        .map(|(name, _)| *name)
        .chain(KERNELS.iter().flat_map(crate::Kernel::files))
        .collect();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wgsl") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(used.contains(&name), "{name} is part of no pass and no kernel");
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 150, "{name} has {lines} lines");
    }
}

#[test]
fn formulas_that_differ_only_in_their_bands_are_one_module() {
    let bands = vec![BandLabel::default(); 9];
    let text = |formula: &str| formula_source(&Expression::parse(formula).unwrap().resolve(&bands).unwrap());
    assert_eq!(text("(b4 - b3) / (b4 + b3)"), text("(b9 - b1) / (b9 + b1)"));
    assert_ne!(text("(b4 - b3) / (b4 + b3)"), text("(b4 - b3) / (b4 - b3)"));
    assert!(text("b1 * 1e-20 + 16777216 - 0.1").contains("1e-20f"), "numbers keep all their digits");
}

#[test]
fn the_largest_formula_is_a_valid_module() {
    let bands = vec![BandLabel::default(); 16];
    let text = (0..120).map(|n| format!("b{}*{}.5", n % 16 + 1, n)).collect::<Vec<_>>().join("+");
    let program = Expression::parse(&text).unwrap().resolve(&bands).unwrap();
    let source = crate::FORMULA_FLOAT.source_with(&formula_source(&program), false);
    let module =
        naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
    Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module).expect("valid");
}
