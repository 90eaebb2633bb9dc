//! What may be asked: decided on the parsed statement, not on words.

use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::{Query as Select, SetExpr, Statement as Sql};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::Error;
use crate::error::of_engine;

/// Longest text, bytes: far beyond what people write, far below what overflows a planner.
const TEXT_MAX: usize = 64 * 1024;
/// Most tokens that can nest a plan (everything but commas, numbers and texts): bounds the depth of recursion
/// and the time of planning, which no timeout can interrupt.
const DEPTH_TOKENS_MAX: usize = 1_000;

/// Reads the text and takes nothing but one query or its explanation.
pub(crate) fn read(text: &str) -> Result<Statement, Error> {
    if text.len() > TEXT_MAX {
        return Err(Error::TooLong { found: text.len(), unit: "bytes", limit: TEXT_MAX });
    }
    bounded(text)?;
    let mut statements = DFParser::parse_sql(text).map_err(|error| of_engine(&error, 0))?;
    let found = statements.len();
    let Some(statement) = statements.pop_front().filter(|_| found == 1) else {
        return Err(Error::Statements { found });
    };
    check(&statement)?;
    Ok(statement)
}

/// Looks again at the plan: whatever the parser let through, nothing in it may change anything.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<(), Error> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(plan).map_err(|error| Error::NotReadOnly { what: error.strip_backtrace() })
}

/// Whether the statement is an explanation: such plans take no limit on top.
pub(crate) fn explains(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(_) => true,
        Statement::Statement(inner) => !matches!(**inner, Sql::Query(_)),
        _ => false,
    }
}

fn bounded(text: &str) -> Result<(), Error> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize();
    let tokens = tokens.map_err(|error| Error::Parse { why: error.to_string() })?;
    let flat = |t: &&Token| {
        !matches!(t, Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::SingleQuotedString(_))
    };
    let found = tokens.iter().filter(flat).count();
    if found > DEPTH_TOKENS_MAX {
        return Err(Error::TooLong { found, unit: "words and operators", limit: DEPTH_TOKENS_MAX });
    }
    Ok(())
}

fn check(statement: &Statement) -> Result<(), Error> {
    match statement {
        Statement::Statement(inner) => check_sql(inner),
        Statement::Explain(explained) => check(&explained.statement),
        other => Err(refuse(&other.to_string())),
    }
}

fn check_sql(statement: &Sql) -> Result<(), Error> {
    match statement {
        Sql::Query(query) => check_query(query),
        Sql::Explain { statement, .. } => check_sql(statement),
        other => Err(refuse(&other.to_string())),
    }
}

fn check_query(query: &Select) -> Result<(), Error> {
    for part in query.with.iter().flat_map(|with| &with.cte_tables) {
        check_query(&part.query)?;
    }
    check_body(&query.body)
}

fn check_body(body: &SetExpr) -> Result<(), Error> {
    match body {
        SetExpr::Select(select) if select.into.is_some() => Err(refuse("SELECT INTO")),
        SetExpr::Select(_) | SetExpr::Values(_) => Ok(()),
        SetExpr::Query(query) => check_query(query),
        SetExpr::SetOperation { left, right, .. } => {
            check_body(left)?;
            check_body(right)
        }
        other => Err(refuse(&other.to_string())),
    }
}

/// Names what was found by its first word or two.
fn refuse(text: &str) -> Error {
    Error::NotReadOnly { what: text.split_whitespace().take(2).collect::<Vec<_>>().join(" ") }
}
