//! Changes a module so that its clock stands still during host calls. See [`paused_clock`].
//!
//! A policy with a deadline for look-ups has another result on a busy machine, and a host on
//! `wasmtime-provider` can't replace WASI's clock. The module itself is therefore changed: each
//! call of the clock or of the host becomes a call of a new function around that import.
//!
//! Source: `webassembly.github.io/spec/core/binary`.

use std::ops::Range;

use wasmparser::{
    BinaryReader, BinaryReaderError, CodeSectionReader, FunctionBody, Operator, Parser, Payload,
    TypeRef,
};

const FUNCTIONS: u8 = 3;
const GLOBALS: u8 = 6;
const CODE: u8 = 10;

const CALL: u8 = 0x10;
const DROP: u8 = 0x1A;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const I64_LOAD: [u8; 3] = [0x29, 3, 0];
const I64_STORE: [u8; 3] = [0x37, 3, 0];
const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const I32_EQ: u8 = 0x46;
const I64_ADD: u8 = 0x7C;
const I64_SUB: u8 = 0x7D;
const IF: [u8; 2] = [0x04, 0x40];
const END: u8 = 0x0B;
const I64: u8 = 0x7E;

/// WASI's number of the monotonic clock.
const MONOTONIC: u8 = 1;

/// The address to which the clock is read. The module's own data there is restored.
const SCRATCH: u8 = 8;

/// A function that the module imports, and its type.
#[derive(Clone, Copy)]
struct Import {
    function: u32,
    signature: u32,
}

/// The facts about a module that the change needs.
#[derive(Default)]
struct Counts {
    clock: Option<Import>,
    host_call: Option<Import>,
    functions: u32,
    globals: u32,
}

/// The module with a monotonic clock that excludes the time of host calls. Other clocks, such as
/// that of Events' times, are unchanged. `None` if the module imports no clock or no host call.
///
/// # Errors
/// Returns an error if this is not a module.
pub(crate) fn paused_clock(module: &[u8]) -> Result<Option<Vec<u8>>, BinaryReaderError> {
    let counts = Counts::of(module)?;
    let (Some(clock), Some(host_call)) = (counts.clock, counts.host_call) else {
        return Ok(None);
    };
    // The new functions and the new global are the last ones.
    let moved = [
        (clock.function, counts.functions),
        (host_call.function, counts.functions + 1),
    ];
    let waited = leb128(counts.globals);
    let bodies = [
        clock_body(clock, &waited),
        host_call_body(host_call, clock, &waited),
    ];
    let mut changed = module[..8].to_vec();
    for payload in Parser::new(0).parse_all(module) {
        let Some((id, range)) = payload?.as_section() else {
            continue;
        };
        let content = &module[range.clone()];
        let content = match id {
            FUNCTIONS => {
                let signatures = [clock, host_call].map(|import| leb128(import.signature));
                extended(content, 2, &signatures.concat())?
            }
            GLOBALS => extended(content, 1, &[I64, 1, I64_CONST, 0, END])?,
            CODE => {
                let code = redirected(module, range, moved)?;
                extended(&code, 2, &bodies.concat())?
            }
            _ => content.to_vec(),
        };
        changed.push(id);
        changed.extend(sized(&content));
    }
    Ok(Some(changed))
}

impl Counts {
    fn of(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut counts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        counts.add(import?);
                    }
                }
                Payload::FunctionSection(functions) => counts.functions += functions.count(),
                Payload::GlobalSection(globals) => counts.globals += globals.count(),
                _ => {}
            }
        }
        Ok(counts)
    }

    fn add(&mut self, import: wasmparser::Import<'_>) {
        match import.ty {
            TypeRef::Func(signature) => {
                let function = self.functions;
                let found = Some(Import {
                    function,
                    signature,
                });
                match (import.module, import.name) {
                    ("wasi_snapshot_preview1", "clock_time_get") => self.clock = found,
                    ("wapc", "__host_call") => self.host_call = found,
                    _ => {}
                }
                self.functions += 1;
            }
            TypeRef::Global(_) => self.globals += 1,
            _ => {}
        }
    }
}

/// The code section at this place of the module, with the calls of some functions replaced.
fn redirected(
    module: &[u8],
    range: Range<usize>,
    moved: [(u32, u32); 2],
) -> Result<Vec<u8>, BinaryReaderError> {
    let code = CodeSectionReader::new(BinaryReader::new(&module[range.clone()], range.start))?;
    let mut bytes = leb128(code.count());
    for body in code {
        bytes.extend(sized(&redirected_body(module, &body?, moved)?));
    }
    Ok(bytes)
}

fn redirected_body(
    module: &[u8],
    body: &FunctionBody<'_>,
    moved: [(u32, u32); 2],
) -> Result<Vec<u8>, BinaryReaderError> {
    let Range { start, end } = body.range();
    let mut bytes = Vec::with_capacity(end - start);
    let mut copied = start;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset()?;
        let Operator::Call { function_index } = operator else {
            continue;
        };
        let moved = moved.iter().find(|(from, _)| *from == function_index);
        if let Some((_, to)) = moved {
            bytes.extend(&module[copied..at]);
            bytes.push(CALL);
            bytes.extend(leb128(*to));
            copied = operators.original_position();
        }
    }
    bytes.extend(&module[copied..end]);
    Ok(bytes)
}

/// Calls the clock with the function's three parameters. For the monotonic clock, subtracts the
/// waited time from the result.
fn clock_body(clock: Import, waited: &[u8]) -> Vec<u8> {
    let [id, precision, at] = [0, 1, 2];
    let parts: [&[u8]; 13] = [
        &[0],
        &[LOCAL_GET, id, LOCAL_GET, precision, LOCAL_GET, at],
        &call(clock),
        &[LOCAL_GET, id, I32_CONST, MONOTONIC, I32_EQ],
        &IF,
        &[LOCAL_GET, at, LOCAL_GET, at],
        &I64_LOAD,
        &[GLOBAL_GET],
        waited,
        &[I64_SUB],
        &I64_STORE,
        &[END],
        &[END],
    ];
    sized(&parts.concat())
}

/// Calls the host with the function's eight parameters, and adds the time of the call to the waited
/// time.
fn host_call_body(host_call: Import, clock: Import, waited: &[u8]) -> Vec<u8> {
    let [saved, start] = [8, 9];
    let now = [
        &[I32_CONST, MONOTONIC, I64_CONST, 1, I32_CONST, SCRATCH][..],
        &call(clock),
        &[DROP, I32_CONST, SCRATCH],
        &I64_LOAD,
    ]
    .concat();
    let parameters: Vec<u8> = (0..8)
        .flat_map(|parameter| [LOCAL_GET, parameter])
        .collect();
    let parts: [&[u8]; 17] = [
        // Two additional locals of 64 bits.
        &[1, 2, I64],
        &[I32_CONST, SCRATCH],
        &I64_LOAD,
        &[LOCAL_SET, saved],
        &now,
        &[LOCAL_SET, start],
        &parameters,
        &call(host_call),
        &[GLOBAL_GET],
        waited,
        &now,
        &[LOCAL_GET, start, I64_SUB, I64_ADD],
        &[GLOBAL_SET],
        waited,
        &[I32_CONST, SCRATCH, LOCAL_GET, saved],
        &I64_STORE,
        &[END],
    ];
    sized(&parts.concat())
}

fn call(import: Import) -> Vec<u8> {
    [&[CALL][..], &leb128(import.function)].concat()
}

/// A section's content with additional items at its end.
fn extended(content: &[u8], added: u32, items: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let rest = &content[reader.current_position()..];
    Ok([&leb128(count + added), rest, items].concat())
}

/// Bytes after their length.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).expect("a module is smaller than 4 GiB");
    [&leb128(len), bytes].concat()
}

fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7F).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
