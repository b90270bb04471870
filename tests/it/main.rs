mod pty;
mod terminal;
