//! What a server holds, for a person to tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_plant::{Quality, Range as Span, SignalKind, Unit};
use opcua::types::{
    AttributeId, BrowseDescription, BrowseDirection, BrowseResult, BrowseResultMaskFlags, DataValue, EUInformation,
    Identifier, NamespaceMap, NodeClass, NodeClassMask, NodeId, ObjectId, Range, ReadValueId, ReferenceDescription,
    ReferenceTypeId, Variant,
};

use super::decode::{Value, status, value};
use super::limits::{Limits, attribute_of, read_all, too_much, value_of};
use super::line::Line;
use super::nodes;
use super::way::way;
use crate::{BrowseNode, Error};

/// The most nodes that one look lists.
const NODES_MAX: usize = 2_000;
/// The longest text of a value that is shown.
const SHOWN: usize = 80;

/// A node below the one looked at.
struct Child {
    node: NodeId,
    name: String,
    class: NodeClass,
    has_children: bool,
    /// Nodes of the properties that say more about the value.
    unit: Option<NodeId>,
    range: Option<NodeId>,
}

/// Lists what lies below a node; below `Objects` when none is given, without what the standard puts there: the server itself
/// and its registers, no part of the plant.
///
/// # Errors
/// When the address cannot be meant or the session is lost.
pub(super) async fn below(line: &mut Line, limits: Limits, at: Option<&str>) -> Result<Vec<BrowseNode>, Error> {
    let session = Arc::clone(&line.session);
    let namespaces =
        line.ask("its namespaces", session.read_namespace_array()).await.unwrap_or_else(|_told| NamespaceMap::new());
    let root = match at {
        Some(text) => nodes::parse(text, &namespaces)?,
        None => ObjectId::ObjectsFolder.into(),
    };
    let mut children = children(line, &root).await?;
    if at.is_none() {
        children.retain(|child| child.node.namespace != 0 || !matches!(child.node.identifier, Identifier::Numeric(_)));
    }
    look_below(line, limits, &mut children).await?;
    let above = way(line, &root).await?;
    describe(line, limits, (&children, &above)).await
}

/// References to objects and variables below a node, all pages of them.
async fn children(line: &mut Line, root: &NodeId) -> Result<Vec<Child>, Error> {
    let mask = NodeClassMask::OBJECT | NodeClassMask::VARIABLE;
    let wanted = forward(root, ReferenceTypeId::HierarchicalReferences, mask.bits());
    let mut references = Vec::new();
    let session = Arc::clone(&line.session);
    let mut pages = line.ask("a look at its nodes", session.browse(&[wanted], 0, None)).await?;
    while let Some(page) = pages.pop() {
        references.extend(page.references.into_iter().flatten());
        if page.continuation_point.is_null_or_empty() {
            break;
        }
        let enough = references.len() >= NODES_MAX;
        let points = [page.continuation_point];
        let next = line.ask("more of its nodes", session.browse_next(enough, &points)).await?;
        pages = if enough { Vec::new() } else { next };
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut children: Vec<Child> =
        references.into_iter().filter(|r| r.reference_type_id != ReferenceTypeId::HasProperty).map(child).collect();
    children.retain(|child| seen.insert(child.node.to_string()));
    children.truncate(NODES_MAX);
    Ok(children)
}

fn child(reference: ReferenceDescription) -> Child {
    let shown = reference.display_name.text.as_ref();
    let name = if shown.is_empty() { reference.browse_name.name.as_ref() } else { shown };
    Child {
        name: name.to_owned(),
        class: reference.node_class,
        node: reference.node_id.node_id,
        has_children: false,
        unit: None,
        range: None,
    }
}

/// One look below all children at once: whether there is more, and the properties of variables.
async fn look_below(line: &mut Line, limits: Limits, children: &mut [Child]) -> Result<(), Error> {
    let (mut at, mut most) = (0, limits.browse);
    while at < children.len() {
        let end = children.len().min(at + most);
        let chunk = children.get_mut(at..end).unwrap_or_default();
        let wanted: Vec<BrowseDescription> =
            chunk.iter().map(|child| forward(&child.node, ReferenceTypeId::HierarchicalReferences, 0)).collect();
        let session = Arc::clone(&line.session);
        match line.try_ask(session.browse(&wanted, 200, None)).await? {
            Ok(results) => {
                let points: Vec<_> =
                    results.iter().map(|r| r.continuation_point.clone()).filter(|p| !p.is_null_or_empty()).collect();
                for (child, result) in chunk.iter_mut().zip(results) {
                    note_below(child, result);
                }
                if !points.is_empty() {
                    line.ask("the end of a look", session.browse_next(true, &points)).await?;
                }
                at = end;
            }
            Err(error) if too_much(error.status()) && chunk.len() > 1 => most = chunk.len() / 2,
            Err(error) => return Err(line.refused("a look below its nodes", &error)),
        }
    }
    Ok(())
}

fn note_below(child: &mut Child, result: BrowseResult) {
    for reference in result.references.into_iter().flatten() {
        let property = reference.reference_type_id == ReferenceTypeId::HasProperty;
        match reference.browse_name.name.as_ref() {
            "EngineeringUnits" if property => child.unit = Some(reference.node_id.node_id),
            "EURange" if property => child.range = Some(reference.node_id.node_id),
            _ if !property && matches!(reference.node_class, NodeClass::Object | NodeClass::Variable) => {
                child.has_children = true;
            }
            _ => {}
        }
    }
}

/// Reads value, type, description, unit and range of every variable.
async fn describe(
    line: &mut Line,
    limits: Limits,
    (children, above): (&[Child], &[String]),
) -> Result<Vec<BrowseNode>, Error> {
    let mut wanted: Vec<ReadValueId> = Vec::new();
    for child in children {
        wanted.push(attribute_of(&child.node, AttributeId::Description));
        if child.class == NodeClass::Variable {
            wanted.push(value_of(&child.node));
            wanted.push(attribute_of(&child.node, AttributeId::DataType));
            wanted.extend(child.unit.iter().chain(&child.range).map(value_of));
        }
    }
    let mut values = read_all(line, &wanted, limits.read).await?.into_iter();
    let mut listed = Vec::with_capacity(children.len());
    let mut types = Vec::with_capacity(children.len());
    for child in children {
        let description = text_of(values.next().unwrap_or_default().value.as_ref());
        let variable = child.class == NodeClass::Variable;
        let mut next = |wanted: bool| if wanted { values.next().unwrap_or_default() } else { DataValue::null() };
        let (data, data_type) = (next(variable), next(variable));
        let (unit, range) = (next(variable && child.unit.is_some()), next(variable && child.range.is_some()));
        types.push(match data_type.value {
            Some(Variant::NodeId(node)) => Some(*node),
            _ => None,
        });
        let (unit, range) = (unit_of(&unit), range_of(&range));
        let path = nodes::place(&child.node, above, &child.name);
        listed.push(BrowseNode { unit, range, description, path, ..node(child, &data) });
    }
    let names = type_names(line, limits, &types).await?;
    for (listed, data_type) in listed.iter_mut().zip(&types) {
        listed.data_type = data_type.as_ref().and_then(|t| names.get(&t.to_string()).cloned()).unwrap_or_default();
    }
    Ok(listed)
}

fn node(child: &Child, data: &DataValue) -> BrowseNode {
    let variable = child.class == NodeClass::Variable;
    BrowseNode {
        address: child.node.to_string(),
        name: child.name.clone(),
        is_signal: variable && tells(data.value.as_ref()),
        has_children: child.has_children,
        data_type: String::new(),
        kind: kind_of(data.value.as_ref()),
        unit: String::new(),
        range: None,
        value: variable.then(|| shown(data.value.as_ref())),
        quality: variable.then(|| Quality::from_opcua(status(data).bits())),
        description: String::new(),
        path: String::new(),
    }
}

/// Whether a value can be a signal's; one that is not there yet may become so.
fn tells(variant: Option<&Variant>) -> bool {
    variant.is_none_or(|v| matches!(v, Variant::Empty) || value(v) != Value::Nothing)
}

fn kind_of(variant: Option<&Variant>) -> SignalKind {
    match (variant, variant.map(value)) {
        (Some(Variant::Boolean(_)), _) | (_, Some(Value::Text(_))) => SignalKind::State,
        (_, Some(Value::Block(_))) => SignalKind::Waveform,
        _ => SignalKind::Gauge,
    }
}

/// A value in words, cut to [`SHOWN`].
pub(super) fn shown(variant: Option<&Variant>) -> String {
    let text = match variant.map(value) {
        Some(Value::Number(x)) => x.to_string(),
        Some(Value::Text(text)) => text,
        Some(Value::Block(block)) => format!("{} numbers", block.len()),
        Some(Value::Nothing) | None => String::new(),
    };
    text.chars().take(SHOWN).collect()
}

fn text_of(variant: Option<&Variant>) -> String {
    match variant.map(value) {
        Some(Value::Text(text)) => text,
        _ => String::new(),
    }
}

fn unit_of(data: &DataValue) -> String {
    let Some(Variant::ExtensionObject(object)) = &data.value else { return String::new() };
    let Some(unit) = object.inner_as::<EUInformation>() else { return String::new() };
    Unit::from_opcua_unit_id(unit.unit_id)
        .unwrap_or_else(|| Unit::guess(unit.display_name.text.as_ref()))
        .ucum()
        .to_owned()
}

fn range_of(data: &DataValue) -> Option<Span> {
    let Some(Variant::ExtensionObject(object)) = &data.value else { return None };
    let Range { low, high } = object.inner_as::<Range>()?;
    (low < high && (high - low).is_finite()).then_some(Span { low: *low, high: *high })
}

/// Names of data types: those of the standard from its table, others asked for.
async fn type_names(
    line: &mut Line,
    limits: Limits,
    types: &[Option<NodeId>],
) -> Result<BTreeMap<String, String>, Error> {
    let unique: BTreeMap<String, &NodeId> = types.iter().flatten().map(|node| (node.to_string(), node)).collect();
    let mut names = BTreeMap::new();
    let mut foreign = Vec::new();
    for (text, node) in unique {
        match node.as_data_type_id() {
            Ok(known) => {
                names.insert(text, format!("{known:?}"));
            }
            Err(_unknown) => foreign.push((text, attribute_of(node, AttributeId::BrowseName))),
        }
    }
    let wanted: Vec<ReadValueId> = foreign.iter().map(|(_, id)| id.clone()).collect();
    let told = read_all(line, &wanted, limits.read).await?;
    names.extend(foreign.into_iter().map(|(text, _)| text).zip(told.iter().map(|data| text_of(data.value.as_ref()))));
    Ok(names)
}

fn forward(node: &NodeId, reference: ReferenceTypeId, classes: u32) -> BrowseDescription {
    BrowseDescription {
        node_id: node.clone(),
        browse_direction: BrowseDirection::Forward,
        reference_type_id: reference.into(),
        include_subtypes: true,
        node_class_mask: classes,
        result_mask: BrowseResultMaskFlags::all().bits(),
    }
}
