//! `gemba init`: a first configuration, commented, that `gemba check` finds well.

use std::path::Path;

use crate::cli::{Cli, Init};
use crate::exit::{Exit, Kind};

const GEMBA_TOML: &str = include_str!("../../templates/gemba.toml");
const PLANT_TOML: &str = include_str!("../../templates/plant.toml");

pub(crate) fn run(cli: &Cli, init: &Init) -> Result<(), Exit> {
    let files =
        [(init.dir.join("gemba.toml"), GEMBA_TOML), (init.dir.join("plant").join("first-line.toml"), PLANT_TOML)];
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists() && !init.force) {
        return Err(
            Exit::new(Kind::Failed, format!("{} is there already", there.display())).cure("--force overwrites it")
        );
    }
    for (path, text) in &files {
        let written =
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).and_then(|()| std::fs::write(path, text));
        written.map_err(|error| {
            Exit::new(Kind::Failed, format!("writing {}: {error}", path.display()))
                .cure("name a folder that you may write")
        })?;
    }
    if cli.json {
        say!("{}", serde_json::json!({ "written": files.iter().map(|(p, _)| p).collect::<Vec<_>>() }));
        return Ok(());
    }
    for (path, _) in &files {
        say!("wrote {}", path.display());
    }
    say!(
        "\nnext:\n  gemba connect browse opc.tcp://YOUR-PLC:4840    look at a machine\n  gemba check                                     after editing gemba.toml\n  gemba run                                       then open the pages"
    );
    Ok(())
}
