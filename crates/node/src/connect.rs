//! The handle on connections: listed, tried, and changed in `gemba.toml` and at once.

use std::path::Path;
use std::sync::Arc;

use gemba_connect::{ConnectionConfig, Memory, Probe};
use gemba_solutions::maintenance;
use gemba_store::{Origin, Ticket};

use crate::Error;
use crate::config::{GembaFile, Plan, Source, save};
use crate::connections::ConnectionStatus;
use crate::node::{Core, blocking};

/// Lists, tests and changes connections.
#[derive(Clone)]
pub struct Connections(pub(crate) Arc<Core>);

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

impl Connections {
    /// Every connection as it stands, by name.
    pub fn list(&self) -> Vec<ConnectionStatus> {
        self.0.board.list(&self.0)
    }

    /// The configuration of a connection.
    pub fn config(&self, name: &str) -> Option<ConnectionConfig> {
        self.0.board.config(name)
    }

    /// Looks at a device before anything is stored; `name`: at one that is connected, and then with what its link knows.
    ///
    /// # Errors
    /// When the configuration cannot work.
    pub fn probe(&self, name: Option<&str>, config: &ConnectionConfig) -> Result<Arc<dyn Probe>, Error> {
        self.look(config, &self.memory(name, config).unwrap_or_default())
    }

    fn look(&self, config: &ConnectionConfig, memory: &Memory) -> Result<Arc<dyn Probe>, Error> {
        config
            .beside(self.0.plan.base())
            .probe_at(&self.0.plan.data_dir.join("pki"), (self.0.embedded.get(), memory))
            .map_err(|e| Error::part("connect", &e))
    }

    /// What the link knows that has this configuration.
    fn memory(&self, name: Option<&str>, config: &ConnectionConfig) -> Option<Memory> {
        let name = name.filter(|name| self.config(name).as_ref() == Some(config))?;
        self.0.board.memory(name)
    }

    /// As [`Connections::probe`], to open folder after folder: within a minute what was heard of a device serves again.
    ///
    /// # Errors
    /// As [`Connections::probe`].
    pub fn browser(&self, name: Option<&str>, config: &ConnectionConfig) -> Result<Arc<dyn Probe>, Error> {
        let known = self.memory(name, config);
        let memory = known.clone().unwrap_or_default();
        self.0.glance.probe((config, known), self.0.clock.now(), || self.look(config, &memory))
    }

    /// Adds a connection or changes one, in `gemba.toml` and at once. When it cannot be opened the file says what it said
    /// before, and the connection of before goes on.
    ///
    /// # Errors
    /// When the configuration has faults, cannot be written, or cannot be opened.
    pub async fn put(&self, name: &str, config: ConnectionConfig) -> Result<(), Error> {
        let faults = config.check();
        if let Some(first) = faults.first() {
            return Err(Error::Refused {
                what: format!("connection \"{name}\": {} {}", first.field, first.what),
                cure: first.cure.clone(),
            });
        }
        let before = self.config(name);
        self.write(name, Some(config.clone())).await?;
        let Err(error) = self.0.board.start(&self.0, name, &config).await else { return Ok(()) };
        self.write(name, before).await?;
        Err(error)
    }

    /// Makes `gemba.toml` say this of a connection, or nothing any more.
    async fn write(&self, name: &str, config: Option<ConnectionConfig>) -> Result<(), Error> {
        let name = name.to_owned();
        self.rewrite(move |file| {
            if let Some(config) = config {
                file.connections.insert(name, config);
            } else {
                file.connections.remove(&name);
                for names in [&mut file.register, &mut file.paused] {
                    names.retain(|named| *named != name);
                }
            }
        })
        .await
    }

    /// Whether a connection is held back.
    pub fn is_paused(&self, name: &str) -> bool {
        self.0.board.is_paused(name)
    }

    /// Holds a connection back, or lets it go on: nothing is read while it is paused, over restarts too. In `gemba.toml` and at once.
    ///
    /// # Errors
    /// When the connection is not there, the file cannot be written, or it cannot be opened; then it stays as it was.
    pub async fn set_paused(&self, name: &str, on: bool) -> Result<(), Error> {
        let config = self.config(name).ok_or_else(|| Error::NotFound { what: "connection", name: name.to_owned() })?;
        let before = self.0.board.is_paused(name);
        self.rewrite_list(|file| &mut file.paused, name, on).await?;
        self.0.board.set_paused(name, on);
        if before == on {
            return Ok(());
        }
        let Err(error) = self.0.board.start(&self.0, name, &config).await else { return Ok(()) };
        self.0.board.set_paused(name, before);
        self.rewrite_list(|file| &mut file.paused, name, before).await?;
        self.0.restart_connection(name).await?;
        Err(error)
    }

    /// Puts a connection's name on a list of `gemba.toml`, or takes it off.
    async fn rewrite_list(
        &self,
        list: impl FnOnce(&mut GembaFile) -> &mut Vec<String> + Send + 'static,
        name: &str,
        on: bool,
    ) -> Result<(), Error> {
        let name = name.to_owned();
        self.rewrite(move |file| listed(list(file), name, on)).await
    }

    /// Removes a connection, in `gemba.toml` and at once. Its signals stay, without new values, and what it delivered; another of
    /// that name begins anew.
    ///
    /// # Errors
    /// When it is not there or the file cannot be written.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        if self.config(name).is_none() {
            return Err(Error::NotFound { what: "connection", name: name.to_owned() });
        }
        crate::plant::Plant(Arc::clone(&self.0)).unbind(name).await?;
        self.write(name, None).await?;
        self.0.board.set_paused(name, false);
        self.0.board.stop(name).await;
        self.0.registry.set_register(name, false);
        self.0.forget_position(name).await
    }

    /// Makes a signal of everything that a connection sends and nobody has bound, from now on, or no more; in `gemba.toml` and at once.
    ///
    /// # Errors
    /// When the connection is not there, the file cannot be written, or it cannot be opened anew.
    pub async fn set_register(&self, name: &str, on: bool) -> Result<(), Error> {
        if self.config(name).is_none() {
            return Err(Error::NotFound { what: "connection", name: name.to_owned() });
        }
        self.rewrite_list(|file| &mut file.register, name, on).await?;
        self.0.registry.set_register(name, on);
        self.0.reread_connection(name).await
    }

    /// Changes `gemba.toml` from how it stands on the disk now, so that neither an earlier change nor a person's own
    /// edit is taken back. The file of a plan that was never written begins with what the node was started with.
    pub(crate) async fn rewrite(&self, change: impl FnOnce(&mut GembaFile) + Send + 'static) -> Result<(), Error> {
        let core = Arc::clone(&self.0);
        let _turn = self.0.editing.lock().await;
        blocking(move || {
            let stands = written(&core.plan.origin)?;
            let mut file = stands.clone().unwrap_or_else(|| core.plan.file.clone());
            change(&mut file);
            save(&core.plan.origin, stands.as_ref(), &file)
        })
        .await
    }
}

impl Core {
    /// Opens a connection anew, for what it is to deliver more. A recording that was read to its end is read again for it: what is
    /// stored already is known by its time.
    pub(crate) async fn reread_connection(self: &Arc<Self>, name: &str) -> Result<(), Error> {
        if self.board.has_ended(name) {
            self.forget_position(name).await?;
        }
        self.restart_connection(name).await
    }

    /// Lets this connection begin where its data begins, when it is opened next.
    pub(crate) async fn forget_position(self: &Arc<Self>, name: &str) -> Result<(), Error> {
        let (core, origin) = (Arc::clone(self), Origin { connection: name.to_owned(), ..Origin::default() });
        blocking(move || {
            let append = core.store.append(origin, Vec::new(), Vec::new());
            append.and_then(Ticket::wait).map_err(|e| Error::part("store", &e))
        })
        .await
    }

    /// `gemba.toml` as it stands on the disk now; what the node was started with where it cannot be read.
    pub(crate) fn file(&self) -> GembaFile {
        written(&self.plan.origin).ok().flatten().unwrap_or_else(|| self.plan.file.clone())
    }

    /// What it asks for.
    pub(crate) fn asked(&self) -> maintenance::Config {
        self.file().maintenance
    }
}

impl Plan {
    /// Pauses a connection or lets it go on, as [`Connections::set_paused`] does, in the file of a Gemba that does not run.
    ///
    /// # Errors
    /// When the connection is not configured or the file cannot be written.
    pub fn set_paused(&self, name: &str, on: bool) -> Result<(), Error> {
        if !self.file.connections.contains_key(name) {
            return Err(Error::NotFound { what: "connection", name: name.to_owned() });
        }
        let mut file = self.file.clone();
        listed(&mut file.paused, name.to_owned(), on);
        save(&self.origin, Some(&self.file), &file)
    }
}

/// Puts a name on a list once, or takes it off.
fn listed(names: &mut Vec<String>, name: String, on: bool) {
    names.retain(|named| *named != name);
    if on {
        names.push(name);
    }
}

/// The configuration as it stands in the file; none when there is no file.
fn written(path: &Path) -> Result<Option<GembaFile>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::File { doing: "reading", path: path.display().to_string(), source }),
    };
    let (file, faults) = Source::new(path.display().to_string(), text).read::<GembaFile>();
    if faults.is_empty() { Ok(file) } else { Err(Error::Config { faults }) }
}
