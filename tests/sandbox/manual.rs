//! The manual: its walk through a site's life, and its recipes, as they are printed.

use std::process::Command;

use serde_json::Value;

use crate::http::{Answer, get, post};
use crate::support::{Sandbox, control_request};
use crate::update_url::signature;

/// The commands that begin so, each with the lines that it goes on in, and the answer that is printed below it.
fn commands(start: &str) -> Vec<(String, String)> {
    let help = Command::new(env!("CARGO_BIN_EXE_wccom-host-sandbox"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut lines = help.lines().map(str::trim).peekable();
    let mut commands = Vec::new();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ").filter(|command| command.starts_with(start)) else {
            continue;
        };
        let mut command = command.to_owned();
        while command.ends_with('\\') || command.matches('\'').count() % 2 == 1 {
            command = command.trim_end_matches('\\').to_owned() + lines.next().unwrap();
        }
        let answer = lines.next_if(|line| line.starts_with(['{', '[', 't']));
        commands.push((command, answer.unwrap_or_default().to_owned()));
    }
    commands
}

/// What stands between the first and the last quotation mark.
fn quoted(command: &str) -> &str {
    let (_, rest) = command.split_once('\'').expect(command);
    rest.rsplit_once('\'').expect(command).0
}

#[test]
fn the_walk_works_as_it_is_printed() {
    let sandbox = Sandbox::start();
    let mut registered = Value::Null;
    let walk = commands("api v");
    for (command, printed) in &walk {
        let path = command.split(' ').nth(1).unwrap();
        let answer: Answer = if command.contains(" -d ") {
            let text = |name: &str| registered[name].as_str().unwrap_or_default().to_owned();
            let signature = signature("https://www.shop.example", &text("access_token_secret"));
            let body = quoted(command)
                .replace("'$signature'", &signature)
                .replace("dea9d7f7...", &text("access_token"));
            post(&sandbox, path, &serde_json::from_str(&body).expect(command))
        } else {
            get(&sandbox, path)
        };
        assert_eq!(answer.status, 200, "{command}");
        let body = String::from_utf8(answer.body).unwrap();
        // A printed answer that is not whole ends in dots, or in the next line.
        let beginning = printed.split("\"dea9d7f7").next().unwrap().trim_end_matches("...}");
        assert!(body.starts_with(beginning), "{command}: {body}");
        if !printed.is_empty() && beginning == printed {
            assert_eq!(&body, printed, "{command}");
        }
        if path.ends_with("/register") {
            registered = serde_json::from_str(&body).unwrap();
        }
    }
    assert!(walk.len() >= 12, "{walk:?}");
    assert_eq!(sandbox.orders()[0]["status"], "cancelled");
}

#[test]
fn the_recipes_are_accepted() {
    let sandbox = Sandbox::start();
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    for (start, path, least) in [("fault '", "/faults", 9), ("publish '", "/products", 3)] {
        let recipes = commands(start);
        for (command, _) in &recipes {
            let body = serde_json::from_str(quoted(command)).expect(command);
            let (status, answer) = control_request(control_url, "POST", path, &body);
            assert_eq!(status, 200, "{command}: {answer}");
        }
        assert!(recipes.len() >= least, "{recipes:?}");
    }
}
