//! A value that fits a schema, and whether another one does: the ground from which garbage is made.

use callboard_contract::EndpointSpec;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The form of an endpoint's requests or replies, as one whole schema.
#[derive(Clone, Debug)]
pub struct Form(Value);

impl Form {
    /// The form of an endpoint.
    pub fn of(spec: &EndpointSpec) -> Self {
        Self::whole(spec.request_schema)
    }

    /// The form of what an endpoint answers with.
    pub fn of_reply(spec: &EndpointSpec) -> Self {
        Self::whole(spec.reply_schema)
    }

    fn whole(schema: fn(&mut SchemaGenerator) -> Schema) -> Self {
        let mut generator = SchemaGenerator::default();
        let mut root = schema(&mut generator).to_value();
        let definitions = generator.take_definitions(true);
        if let (Some(root), false) = (root.as_object_mut(), definitions.is_empty()) {
            root.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Self(root)
    }

    /// The schema.
    pub fn schema(&self) -> &Value {
        &self.0
    }
}

/// A value that fits the form, with every field that it can have.
pub fn sample(form: &Form) -> Value {
    fit(&form.0, &form.0)
}

fn fit(root: &Value, schema: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return fit(root, target.expect("references lead somewhere"));
    }
    if let Some(value) = schema.get("const").or_else(|| schema["examples"].get(0)).or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[choice].get(0) {
            return match (fit(root, first), object(root, schema)) {
                (Value::Object(mut one), Value::Object(more)) => {
                    one.extend(more);
                    Value::Object(one)
                }
                (one, _) => one,
            };
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => object(root, schema),
        Some("array") => {
            let items = schema["prefixItems"].as_array();
            let items: Vec<Value> = items
                .map_or_else(|| vec![fit(root, &schema["items"])], |all| all.iter().map(|s| fit(root, s)).collect());
            json!(items)
        }
        Some("string") if schema["format"] == "uuid" => json!("019b0f6e-7c00-7a10-8000-4f6d5a3b2c10"),
        Some("string") => json!("sample"),
        Some("integer" | "number") => schema.get("minimum").filter(|m| *m != &json!(0)).cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

fn object(root: &Value, schema: &Value) -> Value {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let mut map: Map<String, Value> = fields.map(|(name, field)| (name.clone(), fit(root, field))).collect();
    if let Some(names) = schema.get("propertyNames")
        && let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object())
        && let Some(name) = fit(root, names).as_str()
    {
        map.insert(name.to_owned(), fit(root, values));
    }
    Value::Object(map)
}
