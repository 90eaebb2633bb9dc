//! Which of a server's endpoints to use: pure.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::str::FromStr;

use opcua::crypto::SecurityPolicy;
use opcua::types::{EndpointDescription, MessageSecurityMode, UAString, UserTokenPolicy, UserTokenType};

use super::config::{Config, Identity, Mode, Security};
use crate::Error;

/// The endpoint to use; its address is the one that the configuration names, because servers often name a host that
/// only they know.
///
/// # Errors
/// When the server offers nothing that the configuration allows; the text says what it offers.
pub(super) fn choose(config: &Config, offered: &[EndpointDescription]) -> Result<EndpointDescription, Error> {
    let allowed = offered.iter().filter(|endpoint| allows(config, endpoint));
    let fits = |endpoint: &&EndpointDescription| takes(config, endpoint);
    let best = allowed.clone().filter(fits).max_by_key(|endpoint| strength(policy(endpoint)));
    if let Some(best) = best {
        return Ok(EndpointDescription {
            endpoint_url: config.endpoint.as_str().into(),
            user_identity_tokens: best.user_identity_tokens.as_ref().map(|tokens| sorted(tokens, best)),
            ..best.clone()
        });
    }
    let told: Vec<String> = offered.iter().map(tell).collect();
    let why = match told.as_slice() {
        [] => "it offers no endpoint".into(),
        [only] => format!("its only endpoint is {only}"),
        all => format!("its endpoints are {}", all.join("; ")),
    };
    let cure = if allowed.count() > 0 {
        "set identity to what the server takes (user and password, certificate or anonymous)"
    } else if config.security == Security::None {
        "an address alone asks without security: write a connection with what the server offers (security, mode, identity) into gemba.toml"
    } else if config.insecure {
        "set security and mode to what the server offers"
    } else {
        "switch a secure policy on in the server, or set insecure = true for this connection"
    };
    Err(Error::Unfit { peer: config.endpoint.clone(), why, cure: cure.into() })
}

fn allows(config: &Config, endpoint: &EndpointDescription) -> bool {
    let policy = policy(endpoint);
    let secure = !matches!(policy, SecurityPolicy::None | SecurityPolicy::Basic128Rsa15 | SecurityPolicy::Basic256);
    let wanted = match config.security {
        Security::Best => policy != SecurityPolicy::Unknown,
        Security::Aes256Sha256RsaPss => policy == SecurityPolicy::Aes256Sha256RsaPss,
        Security::Aes128Sha256RsaOaep => policy == SecurityPolicy::Aes128Sha256RsaOaep,
        Security::Basic256Sha256 => policy == SecurityPolicy::Basic256Sha256,
        Security::Basic256 => policy == SecurityPolicy::Basic256,
        Security::Basic128Rsa15 => policy == SecurityPolicy::Basic128Rsa15,
        Security::None => policy == SecurityPolicy::None,
    };
    let mode = match (policy, config.mode) {
        (SecurityPolicy::None, _) => endpoint.security_mode == MessageSecurityMode::None,
        (_, Mode::Sign) => endpoint.security_mode == MessageSecurityMode::Sign,
        (_, Mode::SignAndEncrypt) => endpoint.security_mode == MessageSecurityMode::SignAndEncrypt,
    };
    wanted && mode && (secure || config.insecure) && endpoint.endpoint_url.as_ref().starts_with("opc.tcp")
}

/// Whether the endpoint takes our kind of identity. One that lists none takes anonymous.
fn takes(config: &Config, endpoint: &EndpointDescription) -> bool {
    let wanted = match config.identity {
        Identity::Anonymous => UserTokenType::Anonymous,
        Identity::User { .. } => UserTokenType::UserName,
        Identity::Certificate { .. } => UserTokenType::Certificate,
    };
    match &endpoint.user_identity_tokens {
        Some(tokens) if !tokens.is_empty() => tokens.iter().any(|token| token.token_type == wanted),
        _ => wanted == UserTokenType::Anonymous,
    }
}

/// The token policies of an endpoint, the strongest first: the stack takes the first of a kind. One that names no security
/// goes by its endpoint's (part 4, 7.42); the stack reads that as "none" and would leave the proof of a user's certificate
/// unsigned, so the name is written in.
fn sorted(tokens: &[UserTokenPolicy], endpoint: &EndpointDescription) -> Vec<UserTokenPolicy> {
    let mut named = tokens.to_vec();
    for token in named.iter_mut().filter(|token| token.security_policy_uri.is_empty()) {
        token.security_policy_uri = endpoint.security_policy_uri.clone();
    }
    named.sort_by_key(|token| Reverse(strength(known(&token.security_policy_uri))));
    named
}

fn known(uri: &UAString) -> SecurityPolicy {
    SecurityPolicy::from_str(uri.as_ref()).unwrap_or(SecurityPolicy::Unknown)
}

/// The endpoint's policy.
pub(super) fn policy(endpoint: &EndpointDescription) -> SecurityPolicy {
    known(&endpoint.security_policy_uri)
}

const fn strength(policy: SecurityPolicy) -> u8 {
    match policy {
        SecurityPolicy::Aes256Sha256RsaPss => 6,
        SecurityPolicy::Aes128Sha256RsaOaep => 5,
        SecurityPolicy::Basic256Sha256 => 4,
        SecurityPolicy::Basic256 => 3,
        SecurityPolicy::Basic128Rsa15 => 2,
        SecurityPolicy::None => 1,
        SecurityPolicy::Unknown => 0,
    }
}

/// An endpoint in words.
pub(super) fn tell(endpoint: &EndpointDescription) -> String {
    let policy = endpoint.security_policy_uri.as_ref().rsplit('#').next().unwrap_or_default().to_owned();
    let word = |token: &UserTokenPolicy| match token.token_type {
        UserTokenType::Anonymous => "anonymous",
        UserTokenType::UserName => "user and password",
        UserTokenType::Certificate => "certificate",
        UserTokenType::IssuedToken => "issued token",
    };
    let tokens: BTreeSet<&str> = endpoint.user_identity_tokens.iter().flatten().map(word).collect();
    let tokens = if tokens.is_empty() { "anonymous".to_owned() } else { Vec::from_iter(tokens).join(", ") };
    let tokens = format!("(identity: {tokens})");
    match endpoint.security_mode {
        MessageSecurityMode::None => format!("without security {tokens}"),
        MessageSecurityMode::Sign => format!("{policy}, signed {tokens}"),
        _ => format!("{policy}, signed and encrypted {tokens}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(policy: SecurityPolicy, mode: MessageSecurityMode, tokens: &[UserTokenType]) -> EndpointDescription {
        let tokens = tokens.iter().map(|t| UserTokenPolicy { token_type: *t, ..UserTokenPolicy::default() }).collect();
        EndpointDescription {
            endpoint_url: "opc.tcp://inside:4840".into(),
            security_mode: mode,
            security_policy_uri: policy.to_uri().into(),
            user_identity_tokens: Some(tokens),
            ..EndpointDescription::default()
        }
    }

    fn plant() -> Vec<EndpointDescription> {
        use MessageSecurityMode::{None, Sign, SignAndEncrypt};
        use UserTokenType::{Anonymous, UserName};
        vec![
            endpoint(SecurityPolicy::None, None, &[Anonymous, UserName]),
            endpoint(SecurityPolicy::Basic256Sha256, Sign, &[Anonymous]),
            endpoint(SecurityPolicy::Basic256Sha256, SignAndEncrypt, &[Anonymous, UserName]),
            endpoint(SecurityPolicy::Aes256Sha256RsaPss, SignAndEncrypt, &[UserName]),
        ]
    }

    fn user() -> Identity {
        let password = serde_json::from_str("\"env:X\"").unwrap();
        Identity::User { user: "u".into(), password }
    }

    #[test]
    fn the_strongest_that_takes_us_is_used_at_the_address_we_know() {
        let config = Config::new("opc.tcp://10.0.0.1:4840");
        let best = choose(&config, &plant()).unwrap();
        assert_eq!(
            (policy(&best), best.endpoint_url.as_ref()),
            (SecurityPolicy::Basic256Sha256, "opc.tcp://10.0.0.1:4840")
        );
        let config = Config { identity: user(), ..config };
        assert_eq!(policy(&choose(&config, &plant()).unwrap()), SecurityPolicy::Aes256Sha256RsaPss);
        let config = Config { mode: Mode::Sign, identity: Identity::Anonymous, ..config };
        assert_eq!(choose(&config, &plant()).unwrap().security_mode, MessageSecurityMode::Sign);
    }

    #[test]
    fn a_token_without_a_policy_has_its_endpoints_and_the_strongest_comes_first() {
        let pss = SecurityPolicy::Aes256Sha256RsaPss;
        let certificate = |id: &str, uri: &str| UserTokenPolicy {
            policy_id: id.into(),
            token_type: UserTokenType::Certificate,
            security_policy_uri: uri.into(),
            ..UserTokenPolicy::default()
        };
        let offered = EndpointDescription {
            user_identity_tokens: Some(vec![
                certificate("weak", SecurityPolicy::Basic256.to_uri()),
                certificate("unnamed", ""),
                certificate("odd", "urn:unheard-of"),
            ]),
            ..endpoint(pss, MessageSecurityMode::SignAndEncrypt, &[])
        };
        let identity = Identity::Certificate { certificate: "c".into(), private_key: "k".into() };
        let config = Config { identity, ..Config::new("opc.tcp://10.0.0.1:4840") };
        let tokens = choose(&config, &[offered]).unwrap().user_identity_tokens.unwrap();
        let ids: Vec<&str> = tokens.iter().map(|token| token.policy_id.as_ref()).collect();
        assert_eq!(
            (ids.as_slice(), tokens[0].security_policy_uri.as_ref()),
            (&["unnamed", "weak", "odd"][..], pss.to_uri())
        );
    }

    #[test]
    fn nothing_insecure_is_used_unless_it_was_asked_for() {
        let config = Config::new("opc.tcp://10.0.0.1:4840");
        let error = gemba_plant::port::told(&choose(&config, &plant()[..1]).unwrap_err());
        let said = "its only endpoint is without security (identity: anonymous, user and password); switch";
        assert!(error.contains(said) && error.contains("insecure = true"), "{error}");
        let config = Config { insecure: true, ..config };
        assert_eq!(policy(&choose(&config, &plant()[..1]).unwrap()), SecurityPolicy::None);
        assert_eq!(policy(&choose(&config, &plant()).unwrap()), SecurityPolicy::Basic256Sha256, "still the strongest");
        let config = Config { security: Security::None, identity: user(), ..config };
        assert_eq!(policy(&choose(&config, &plant()).unwrap()), SecurityPolicy::None);
        assert!(choose(&config, &[]).unwrap_err().to_string().contains("no endpoint"));
    }

    #[test]
    fn the_wrong_identity_is_told_apart_from_the_wrong_security() {
        let config = Config { identity: user(), ..Config::new("opc.tcp://10.0.0.1:4840") };
        let error = choose(
            &config,
            &plant()[2..3]
                .iter()
                .map(|e| EndpointDescription { user_identity_tokens: None, ..e.clone() })
                .collect::<Vec<_>>(),
        );
        assert!(gemba_plant::port::told(&error.unwrap_err()).contains("set identity"));
    }
}
