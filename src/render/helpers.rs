//! The helpers templates have beside handlebars' own.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, Renderable, handlebars_helper,
};
use serde_json::Value;

use crate::render::piece;

/// Names of all helpers a template may use: handlebars' own and these.
pub(crate) const NAMES: [&str; 22] = [
    "if", "unless", "each", "with", "lookup", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len", "raw",
    "keep", "shrink", "list", "shed", "upper", "lower",
];

/// Default ranks: words go first, then blocks, then names out of lists.
const SHRINK_RANK: u8 = 1;
const SHED_RANK: u8 = 2;
const LIST_RANK: u8 = 3;

/// Adds the helpers to a registry.
pub(crate) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper("keep", Box::new(keep));
    registry.register_helper("shrink", Box::new(shrink));
    registry.register_helper("list", Box::new(list));
    registry.register_helper("shed", Box::new(shed));
    registry.register_helper("upper", Box::new(upper));
    registry.register_helper("lower", Box::new(lower));
}

// These two give values, so that they can stand inside other expressions.
handlebars_helper!(upper: |value: Json| plain(value).to_uppercase());
handlebars_helper!(lower: |value: Json| plain(value).to_lowercase());

type Reg<'a> = &'a Handlebars<'a>;

fn keep(h: &Helper<'_>, _: Reg<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    Ok(out.write(&piece::keep(&text(h, "keep")?))?)
}

fn shrink(
    h: &Helper<'_>,
    _: Reg<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    Ok(out.write(&piece::shrink(&text(h, "shrink")?, rank(h, 1, SHRINK_RANK)))?)
}

fn list(h: &Helper<'_>, _: Reg<'_>, _: &Context, _: &mut RenderContext<'_, '_>, out: &mut dyn Output) -> HelperResult {
    let value = h.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("list", 0))?.value();
    let marked = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            piece::list(items.iter().map(String::as_str), rank(h, 1, LIST_RANK))
        }
        other => piece::list([plain(other).as_str()].into_iter(), rank(h, 1, LIST_RANK)),
    };
    Ok(out.write(&marked)?)
}

fn shed<'reg, 'rc>(
    h: &Helper<'rc>,
    registry: &'reg Handlebars<'reg>,
    context: &'rc Context,
    render: &mut RenderContext<'reg, 'rc>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&piece::open_block(rank(h, 0, SHED_RANK)))?;
    if let Some(template) = h.template() {
        template.render(registry, context, render, out)?;
    }
    Ok(out.write(&piece::close_block())?)
}

fn text(h: &Helper<'_>, name: &'static str) -> Result<String, RenderErrorReason> {
    h.param(0).map(|param| plain(param.value())).ok_or(RenderErrorReason::ParamNotFoundForIndex(name, 0))
}

fn rank(h: &Helper<'_>, index: usize, default: u8) -> u8 {
    let given = h.param(index).and_then(|param| param.value().as_u64());
    given.and_then(|rank| u8::try_from(rank).ok()).unwrap_or(default)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
