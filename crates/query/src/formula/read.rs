//! The text of a formula to an expression: bounded, and nothing but an expression.

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::Error;

/// Longest text, bytes: some twenty full names.
const TEXT_MAX: usize = 4_000;
/// Most words and signs: bounds the depth of what is read, and the steps for each value.
const TOKENS_MAX: usize = 300;

/// What is wrong, and what to write instead.
pub(super) fn wrong(why: impl Into<String>, cure: impl Into<String>) -> Error {
    Error::Formula { why: why.into(), cure: cure.into() }
}

/// Reads the text as one expression.
pub(super) fn expression(text: &str) -> Result<Expr, Error> {
    if text.trim().is_empty() {
        return Err(wrong("it is empty", "write one such as power / flow"));
    }
    if text.len() > TEXT_MAX {
        return Err(Error::TooLong { found: text.len(), unit: "bytes", limit: TEXT_MAX });
    }
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| told(&ParserError::TokenizerError(error.to_string())))?;
    let counts = |token: &Token| !matches!(token, Token::Whitespace(_));
    let found = tokens.iter().filter(|t| counts(&t.token)).count();
    if found > TOKENS_MAX {
        return Err(Error::TooLong { found, unit: "words and signs", limit: TOKENS_MAX });
    }
    // a comment would swallow the rest without a word
    let comment = |token: &Token| {
        use Whitespace::{MultiLineComment, SingleLineComment};
        matches!(token, Token::Whitespace(SingleLineComment { .. } | MultiLineComment(_)))
    };
    if let Some(comment) = tokens.iter().find(|t| comment(&t.token)) {
        let why = format!("at character {} two signs stand together that begin a comment", comment.span.start.column);
        return Err(wrong(why, "put a space or parentheses between them: a - (-b)"));
    }
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| told(&error))?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        let why = format!("at character {} it goes on with \"{}\"", rest.span.start.column, rest.token);
        let cure = "put one of + - * / between two values, and names with other signs into double quotes";
        return Err(wrong(why, cure));
    }
    Ok(expression)
}

/// What the parser says, in our words.
fn told(error: &ParserError) -> Error {
    match error {
        ParserError::RecursionLimitExceeded => {
            wrong("it is too deep: parentheses stand within each other too often", "write it in fewer levels")
        }
        ParserError::ParserError(why) | ParserError::TokenizerError(why) => {
            // "Expected: an expression, found: EOF" and "… at Line: 1, Column: 7"
            let (what, place) =
                why.split_once(" at Line: 1, Column: ").map_or((why.as_str(), None), |(w, p)| (w, Some(p)));
            let place = place.map_or(String::new(), |place| format!("at character {place} "));
            let what = what.replace("Expected: ", "there should be ").replace(", found: EOF", ", but it ends");
            let what = what.replace(", found: ", ", but there is ");
            wrong(format!("{place}{what}"), "write it like (\"acme/pump-1/power\" - 2.5) / flow")
        }
    }
}
