//! Copies of a pod's values with one change: these collide with the pod most closely. See
//! [`Walk::vary`].

use kubernetes_pod::schema::{Field, Kind, Type};
use serde_json::{Map, Value};

use super::walk::{Walk, may_set};

impl Walk<'_> {
    /// Draws one value inside an object anew.
    pub(crate) fn vary(&mut self, ty: &'static Type, object: &mut Map<String, Value>) {
        let part = self.part;
        object.retain(|name, _| ty.field(name).is_some_and(|field| may_set(part, ty, field)));
        let fields: Vec<&'static Field> = ty
            .fields
            .iter()
            .filter(|field| object.contains_key(field.name))
            .collect();
        if fields.is_empty() {
            return;
        }
        let field = self.draw.one_of(&fields);
        let Some(value) = object.get_mut(field.name) else {
            return;
        };
        if !self.vary_inside(&field.kind, value) {
            let value = self.field(ty, field);
            object.insert(field.name.to_owned(), value);
        }
    }

    /// Varies a value inside. Returns whether the value has an inside.
    fn vary_inside(&mut self, kind: &'static Kind, value: &mut Value) -> bool {
        match (kind, value) {
            (Kind::Object(ty), Value::Object(object)) if !object.is_empty() => {
                self.vary(ty, object);
                true
            }
            (Kind::List(_, Kind::Object(ty)), Value::Array(items)) if !items.is_empty() => {
                let position = self.draw.number(0..=items.len() - 1);
                if let Some(object) = items[position].as_object_mut() {
                    self.vary(ty, object);
                }
                true
            }
            _ => false,
        }
    }
}
