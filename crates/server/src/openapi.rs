//! The OpenAPI 3.1 document, made from the table of routes.

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::problem::ProblemBody;
use crate::table::{Needs, Resource, Route};

/// An operation while it is described by what goes in and out.
pub(crate) struct Operation<'a> {
    schemas: &'a mut SchemaGenerator,
    path: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
}

impl Operation<'_> {
    /// The one `{parameter}` in the path.
    pub(crate) fn path_parameter<P: JsonSchema>(&mut self) {
        let name = self.path.split(['{', '}']).nth(1).unwrap_or_default();
        let schema = self.schemas.subschema_for::<P>();
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }

    /// The fields of a structure, each an argument.
    pub(crate) fn query_parameters<Q: JsonSchema>(&mut self) {
        let mut schema = Q::json_schema(self.schemas).to_value();
        let required: Vec<Value> = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for (name, field) in std::mem::take(fields) {
            let mut field = field;
            let about = field.as_object_mut().and_then(|f| f.remove("description"));
            let mut parameter =
                json!({ "name": name, "in": "query", "required": required.contains(&json!(name)), "schema": field });
            if let (Some(about), Some(parameter)) = (about, parameter.as_object_mut()) {
                parameter.insert("description".into(), about);
            }
            self.parameters.push(parameter);
        }
    }

    /// A JSON body.
    pub(crate) fn json_body<B: JsonSchema>(&mut self) {
        let schema = self.schemas.subschema_for::<B>();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }

    /// A body of text.
    pub(crate) fn text_body(&mut self, about: &str) {
        let content = json!({ "text/plain": { "schema": { "type": "string" } } });
        self.body = Some(json!({ "required": true, "description": about, "content": content }));
    }

    /// A body that is a file.
    pub(crate) fn file_body(&mut self, about: &str) {
        let content = json!({ "application/octet-stream": {} });
        self.body = Some(json!({ "required": true, "description": about, "content": content }));
    }

    /// An answer in JSON.
    pub(crate) fn json_answer<T: JsonSchema>(&mut self, status: StatusCode) {
        let schema = self.schemas.subschema_for::<T>();
        let answer = json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } });
        self.answers.insert(status.as_str().to_owned(), answer);
    }

    /// An answer without a body.
    pub(crate) fn empty_answer(&mut self, status: StatusCode, description: &str) {
        self.answers.insert(status.as_str().to_owned(), json!({ "description": description }));
    }

    /// Media types that the answer may have besides JSON.
    fn also(&mut self, types: &[&str]) {
        let answer = self.answers.entry("200").or_insert_with(|| json!({ "description": "Done." }));
        let Some(answer) = answer.as_object_mut() else { return };
        let content = answer.entry("content").or_insert_with(|| json!({}));
        let Some(content) = content.as_object_mut() else { return };
        for media_type in types {
            content.insert((*media_type).to_owned(), json!({}));
        }
    }
}

/// The document for these routes, with a line break at its end.
pub(crate) fn document(resources: &[Resource]) -> String {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for resource in resources {
        for route in &resource.routes {
            let operation = operation(&mut schemas, resource.name, route);
            let path = paths.entry(route.path).or_insert_with(|| json!({}));
            if let Some(path) = path.as_object_mut() {
                path.insert(route.method.as_str().to_lowercase(), operation);
            }
        }
    }
    let tags: Vec<Value> = resources.iter().map(|r| json!({ "name": r.name, "description": r.about })).collect();
    let problem = schemas.subschema_for::<ProblemBody<'static>>();
    let document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Gemba",
            "version": "1",
            "description": "Everything the pages do, for programs. Sign in with a session (POST /api/v1/session; changes then need the \
                header X-Gemba-CSRF: 1) or with a bearer token. Points in time are RFC 3339 in UTC; columns of times are whole \
                microseconds since the epoch.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": {
                "Problem": {
                    "description": "What is wrong, and what to do about it.",
                    "content": { "application/problem+json": { "schema": problem } }
                }
            },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": crate::gate::COOKIE },
                "token": { "type": "http", "scheme": "bearer" }
            }
        }
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn operation(schemas: &mut SchemaGenerator, tag: &str, route: &Route) -> Value {
    let mut operation =
        Operation { schemas, path: route.path, parameters: Vec::new(), body: None, answers: Map::new() };
    (route.describe)(&mut operation);
    if !route.also.is_empty() {
        operation.also(route.also);
    }
    let Operation { parameters, body, mut answers, .. } = operation;
    answers.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    let mut value = json!({
        "tags": [tag],
        "summary": route.summary,
        "operationId": operation_id(route),
        "responses": answers,
        "security": security(route.needs),
        "x-role": role(route.needs),
    });
    if let Some(fields) = value.as_object_mut() {
        if !parameters.is_empty() {
            fields.insert("parameters".into(), parameters.into());
        }
        if let Some(body) = body {
            fields.insert("requestBody".into(), body);
        }
    }
    value
}

/// `GET /api/v1/alarms/{id}/journal` → `get_alarms_id_journal`.
fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1").replace(['{', '}'], "");
    let words: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{}_{}", route.method.as_str().to_lowercase(), words.trim_matches('_'))
}

fn security(needs: Needs) -> Value {
    match needs {
        Needs::Nobody => json!([]),
        Needs::ViewerOrLocal | Needs::Role(_) => json!([{ "session": [] }, { "token": [] }]),
    }
}

fn role(needs: Needs) -> Value {
    match needs {
        Needs::Nobody => Value::Null,
        Needs::ViewerOrLocal => json!("viewer, or anybody on the machine itself"),
        Needs::Role(role) => json!(role.as_str()),
    }
}
