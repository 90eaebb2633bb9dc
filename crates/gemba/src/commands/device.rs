//! A device as people name it: a configured connection, or an address.

use gemba_connect::{ConnectionConfig, file, modbus, mqtt, sparkplug};
use gemba_node::Plan;

use crate::cli::Cli;
use crate::exit::{Exit, Kind};

/// The connection behind a name or an address, and the folder of certificates.
pub(crate) fn find(cli: &Cli, device: &str) -> Result<(ConnectionConfig, std::path::PathBuf), Exit> {
    if let Some(config) = from_address(device)? {
        let pki = Plan::load(&cli.config)
            .map_or_else(|_| std::path::PathBuf::from("gemba-data"), |plan| plan.data_dir)
            .join("pki");
        return Ok((config, pki));
    }
    let plan = Plan::load(&cli.config)?;
    let pki = plan.data_dir.join("pki");
    if let Some(config) = plan.file.connections.get(device) {
        return Ok((config.beside(plan.base()), pki));
    }
    let names: Vec<&str> = plan.file.connections.keys().map(String::as_str).collect();
    let known =
        if names.is_empty() { "none is configured".to_owned() } else { format!("configured are {}", names.join(", ")) };
    let addresses = "an address begins with opc.tcp://, mqtt://, sparkplug://, modbus:// or file:";
    Err(Exit::new(Kind::NotFound, format!("there is no connection \"{device}\"; {known}")).cure(addresses))
}

/// Whether a device is named by its address.
pub(crate) fn is_address(device: &str) -> bool {
    from_address(device).is_ok_and(|config| config.is_some())
}

fn from_address(device: &str) -> Result<Option<ConnectionConfig>, Exit> {
    let config = match device.split_once(':') {
        Some(("opc.tcp", _)) => {
            // an address typed by hand is looked at, not trusted with anything: no security is asked for
            let value =
                serde_json::json!({ "protocol": "opcua", "endpoint": device, "security": "none", "insecure": true });
            serde_json::from_value(value)?
        }
        Some(("mqtt" | "mqtts", _)) => ConnectionConfig::Mqtt(mqtt::Config::new(device, &["#"])),
        Some(("sparkplug", rest)) => ConnectionConfig::Sparkplug(sparkplug::Config {
            state: false,
            ..sparkplug::Config::new(format!("mqtt:{rest}"))
        }),
        Some(("modbus", rest)) => ConnectionConfig::Modbus(modbus::Config::new(rest.trim_start_matches('/'))),
        Some(("file", path)) => ConnectionConfig::File(file::Config::new([path])),
        _ => return Ok(None),
    };
    if let Some(fault) = config.check().first() {
        return Err(Exit::new(Kind::Config, format!("{} {}", fault.field, fault.what)).cure(fault.cure.clone()));
    }
    Ok(Some(config))
}
