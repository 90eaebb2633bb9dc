//! Doors for people: HTTP API, live stream, login, roles, audit, and the pages.
