//! The types and fields of the generated table. See [`Table`].

use std::collections::BTreeMap;

use serde_json::Value;

/// The types by name, each with its fields by name.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) types: BTreeMap<String, BTreeMap<String, Field>>,
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    pub(crate) union: bool,
    pub(crate) gate: Option<String>,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) pointer: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    String,
    Enum(Vec<String>),
    Bool,
    Int32,
    Int64,
    IntOrString,
    Quantity,
    Time,
    Any,
    Object(String),
    Map(Box<Kind>),
    List(List, Box<Kind>),
}

/// How a list merges.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum List {
    Atomic,
    Set,
    Keyed(Vec<String>),
}

/// The meaning of an absent field.
#[derive(Debug, PartialEq)]
pub(crate) enum Absent<'a> {
    Unset,
    Zero,
    Default(&'a Value),
    Required,
}

impl Field {
    /// Whether the API server replaces the zero value by the default. In a field that is not a
    /// pointer, it can't tell the zero value from an absent one.
    pub(crate) fn zero_is_default(&self) -> bool {
        let has_zero = !matches!(self.kind, Kind::Bool) && self.kind.is_scalar();
        has_zero && !self.pointer && matches!(self.absent(), Absent::Default(_))
    }

    /// The meaning of the absent field.
    pub(crate) fn absent(&self) -> Absent<'_> {
        match &self.default {
            Some(default) if !is_zero(default) => Absent::Default(default),
            _ if self.required => Absent::Required,
            Some(default) if self.pointer => Absent::Default(default),
            _ if self.pointer => Absent::Unset,
            _ => Absent::Zero,
        }
    }
}

impl Kind {
    /// Whether a field of this kind is a pointer in the API server's types, unless `by-hand.yaml`
    /// says otherwise. If this is wrong, a pointer is the safer error: a rule's zero is then
    /// written although it has no effect.
    pub(crate) fn usually_pointer(&self) -> bool {
        !matches!(
            self,
            Self::String | Self::Enum(_) | Self::Map(_) | Self::List(..)
        )
    }

    /// Whether the kind is neither an object, a map nor a list.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Self::Object(_) | Self::Map(_) | Self::List(..))
    }

    /// The kind of the items of a list or the values of a map; otherwise the kind itself.
    pub(crate) fn item(&mut self) -> &mut Self {
        match self {
            Self::List(_, item) | Self::Map(item) => item,
            _ => self,
        }
    }
}

/// Whether a value is Go's zero, which the document has as the default of most required fields.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        _ => *value == "" || *value == 0 || *value == false,
    }
}
