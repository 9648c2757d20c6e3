//! A WebAssembly module, read for its code. See [`Module::read`].

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ElementItems, ExternalKind, FuncValidatorAllocations, OperatorsReader, Parser, Payload,
    TypeRef, ValidPayload, Validator, WasmFeatures,
};

use super::function::Function;

/// A page of memory, in bytes.
const PAGE: usize = 1 << 16;

/// What the tests look at of a module.
#[derive(Default)]
pub(crate) struct Module<'m> {
    /// The functions that the module imports, by module and name. Their numbers come first.
    pub(crate) imports: Vec<(&'m str, &'m str)>,
    /// The functions that the module has itself.
    pub(crate) functions: Vec<Function<'m>>,
    /// The numbers of the functions that the module exports.
    pub(crate) exports: BTreeMap<&'m str, u32>,
    /// The numbers of the functions that can be called by their address.
    pub(crate) addressed: BTreeSet<u32>,
    /// The memory that an instance begins with, in bytes.
    pub(crate) memory: usize,
}

impl<'m> Module<'m> {
    /// Reads a module, and panics where there is none.
    pub(crate) fn read(bytes: &'m [u8]) -> Self {
        let mut module = Self::default();
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.expect("a WebAssembly module");
            let valid = validator.payload(&payload).expect("a valid module");
            if let ValidPayload::Func(function, body) = valid {
                let validator = function.into_validator(FuncValidatorAllocations::default());
                module.functions.push(function_of(validator, &body));
            }
            module.add(&payload);
        }
        module
    }

    fn add(&mut self, payload: &Payload<'m>) {
        match payload {
            Payload::ImportSection(imports) => {
                let imports = imports
                    .clone()
                    .into_imports()
                    .map(|import| import.expect("it is valid"));
                let functions = imports.filter(|import| matches!(import.ty, TypeRef::Func(_)));
                self.imports = functions
                    .map(|import| (import.module, import.name))
                    .collect();
            }
            Payload::ExportSection(exports) => {
                let exports = exports
                    .clone()
                    .into_iter()
                    .map(|export| export.expect("it is valid"));
                let functions = exports.filter(|export| export.kind == ExternalKind::Func);
                self.exports = functions
                    .map(|export| (export.name, export.index))
                    .collect();
            }
            Payload::ElementSection(elements) => {
                for element in elements.clone() {
                    if let ElementItems::Functions(functions) = element.expect("it is valid").items
                    {
                        self.addressed.extend(functions.into_iter().flatten());
                    }
                }
            }
            Payload::MemorySection(memories) => {
                let memory = memories.clone().into_iter().next();
                let pages = memory.expect("a memory").expect("it is valid").initial;
                self.memory = usize::try_from(pages).expect("it fits") * PAGE;
            }
            _ => {}
        }
    }

    /// The number of a function that the module imports.
    pub(crate) fn import(&self, module: &str, name: &str) -> u32 {
        let place = self
            .imports
            .iter()
            .position(|import| *import == (module, name));
        let place = place.unwrap_or_else(|| panic!("the module imports {module}.{name}"));
        u32::try_from(place).expect("it fits")
    }

    /// Whether a function is the host's.
    pub(crate) fn is_import(&self, function: u32) -> bool {
        (function as usize) < self.imports.len()
    }

    /// A function that the module has itself.
    pub(crate) fn function(&self, number: u32) -> &Function<'m> {
        &self.functions[number as usize - self.imports.len()]
    }

    /// The numbers and code of the module's own functions.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u32, &Function<'m>)> {
        let first = u32::try_from(self.imports.len()).expect("it fits");
        (first..).zip(&self.functions)
    }
}

fn function_of<'m>(
    mut validator: wasmparser::FuncValidator<wasmparser::ValidatorResources>,
    body: &wasmparser::FunctionBody<'m>,
) -> Function<'m> {
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader).expect("it is valid");
    let mut reader = OperatorsReader::new(reader);
    let (mut operators, mut heights) = (Vec::new(), Vec::new());
    while !reader.eof() {
        heights.push(validator.operand_stack_height() as usize);
        let (operator, at) = reader.read_with_offset().expect("it is valid");
        validator.op(at, &operator).expect("it is valid");
        operators.push(operator);
    }
    Function::new(operators, heights)
}
