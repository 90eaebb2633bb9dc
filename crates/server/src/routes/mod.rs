//! Every address of the API, one file a resource.

mod alarms;
mod analyze;
mod assets;
mod audit;
mod backtests;
mod cases;
mod certificates;
mod changes;
mod connections;
mod export;
mod failures;
mod findings;
mod formula;
mod gaps;
mod health;
mod imports;
mod labels;
mod latest;
mod learned;
mod models;
mod planning;
mod query;
mod range;
mod ranks;
mod session;
mod signals;
mod spectra;
mod stream;
mod system;
mod tokens;
mod users;
mod watch;
mod waveforms;
mod work;
mod write;

use crate::table::Resource;

/// The table of routes.
pub(crate) fn all() -> Vec<Resource> {
    vec![
        health::resource(),
        session::resource(),
        assets::resource(),
        signals::resource(),
        latest::resource(),
        stream::resource(),
        write::resource(),
        range::resource(),
        formula::resource(),
        query::resource(),
        export::resource(),
        waveforms::resource(),
        spectra::resource(),
        findings::resource(),
        alarms::resource(),
        cases::resource(),
        work::resource(),
        labels::resource(),
        changes::resource(),
        backtests::resource(),
        models::resource(),
        analyze::resource(),
        connections::resource(),
        certificates::resource(),
        gaps::resource(),
        system::resource(),
        users::resource(),
        tokens::resource(),
        audit::resource(),
    ]
}
