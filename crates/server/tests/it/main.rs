//! The server over real sockets.

mod abuse;
mod client;
mod house;
mod matrix;
mod openapi;
mod pages;
mod problems;
mod records;
mod signin;
mod stream;
mod tls;
