//! The examples of the documentation. Each `policy-host` command and each `make run` in README and
//! under `docs/` is run, and has to print what the page shows. In a page a line `...` stands for
//! any number of lines.
//!
//! `UPDATE_DOCS=1 cargo test --workspace --test examples` writes into the pages what is printed.

mod page;
mod place;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::LazyLock,
};

use libtest_mimic::{Arguments, Failed, Trial};
use similar::TextDiff;

use self::page::{Example, Page};
use self::place::Place;

/// Stands for any number of lines.
const ELISION: &str = "...";

static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new(&root()));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if env::var_os("UPDATE_DOCS").is_some() {
        pages().into_iter().for_each(update);
        return ExitCode::SUCCESS;
    }
    let pages = pages();
    let trials = pages.iter().flat_map(trials).chain([
        Trial::test("every_example_is_shown", every_example_is_shown),
        Trial::test("pages_are_read", pages_are_read),
        Trial::test("lines_are_left_out", lines_are_left_out),
    ]);
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// README and all pages of `docs`.
fn pages() -> Vec<Page> {
    let root = root();
    let entries = fs::read_dir(root.join("docs")).expect("there is a folder of pages");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let name = |path: PathBuf| {
        path.file_name()
            .map(|name| format!("docs/{}", name.display()))
    };
    let mut names: Vec<_> = pages.filter_map(name).collect();
    names.sort();
    names.insert(0, "README.md".to_owned());
    names.iter().map(|name| Page::read(&root, name)).collect()
}

fn trials(page: &Page) -> Vec<Trial> {
    let examples = page.examples().into_iter().filter(is_run);
    let examples = examples.map(|example| {
        let name = format!("{}:{}", page.name, example.line);
        Trial::test(name, move || check(&example))
    });
    let settings = page.yaml(&["rules:", "rulesFrom:"]).into_iter();
    let settings = settings.map(|(line, yaml)| {
        let name = format!("{}:{line}", page.name);
        Trial::test(name, move || check_settings(line, &yaml))
    });
    examples.chain(settings).collect()
}

/// What else the pages show needs a cluster.
fn is_run(example: &Example) -> bool {
    example.command.starts_with("policy-host ") || example.command == "make run"
}

fn check(example: &Example) -> Result<(), Failed> {
    let printed = PLACE.run(&example.command);
    if shows(&example.prints, &printed) {
        return Ok(());
    }
    let [expected, printed] = [&example.prints, &printed].map(|lines| lines.join("\n") + "\n");
    let diff = TextDiff::from_lines(&expected, &printed);
    let diff = diff.unified_diff().header("page", "printed").to_string();
    Err(format!("$ {}\n{diff}", example.command).into())
}

/// Settings in a page are an example's, or such that the policy takes them.
fn check_settings(line: usize, yaml: &str) -> Result<(), Failed> {
    let is_example = example_folders().iter().any(|folder| {
        fs::read_to_string(folder.join("settings.yaml")).is_ok_and(|settings| settings == yaml)
    });
    if is_example {
        return Ok(());
    }
    let name = format!("settings-{line}-{}.yaml", yaml.len());
    fs::write(PLACE.path().join(&name), yaml)?;
    let command = format!("policy-host settings --policy policy.wasm --settings {name}");
    let printed = PLACE.run(&command).join("\n");
    if printed == format!("no problems in {name}") {
        return Ok(());
    }
    Err(format!("these are no example's settings, and the policy refuses them: {printed}").into())
}

/// Folders of `examples` that hold settings.
fn example_folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples")).expect("there is a folder of examples");
    let folders = entries.map(|entry| entry.expect("the folder can be read").path());
    folders
        .filter(|folder| folder.join("settings.yaml").exists())
        .collect()
}

fn every_example_is_shown() -> Result<(), Failed> {
    let makefile = fs::read_to_string(root().join("Makefile"))?;
    let pages = pages().iter().map(Page::text).collect::<String>() + &makefile;
    for folder in example_folders() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let settings = format!("examples/{name}/settings.yaml");
        if !pages.contains(&format!("--settings {settings}")) {
            return Err(format!("no page and no make target runs {settings}").into());
        }
    }
    Ok(())
}

/// Whether a page shows what was printed.
fn shows(page: &[String], printed: &[String]) -> bool {
    match page.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == ELISION => {
            (0..=printed.len()).any(|left_out| shows(rest, &printed[left_out..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, more)| steady(first) == steady(line) && shows(rest, more)),
    }
}

/// A line without what is different each time: how old an Event is, and the uid of a request that
/// was made of a manifest.
fn steady(line: &str) -> String {
    let line = match line.split_once('s') {
        Some((age, rest)) if age.parse::<u8>().is_ok() && rest.starts_with(' ') => {
            format!("{:1$}s{rest}", 0, age.len())
        }
        _ => line.to_owned(),
    };
    let is_uid = |text: &str| {
        let parts: Vec<_> = text.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12]
            && text
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    };
    let words = line.split(' ');
    let words = words.map(|word| if is_uid(word) { "UID" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn update(mut page: Page) {
    // From the end, so that the places of those before stay right.
    for example in page.examples().into_iter().rev().filter(is_run) {
        let printed = PLACE.run(&example.command);
        if shows(&example.prints, &printed) {
            continue;
        }
        assert!(
            !example.prints.iter().any(|line| line == ELISION),
            "{}:{}: lines are left out here, write by hand what is printed",
            page.name,
            example.line
        );
        page.replace(&example, &printed);
    }
    fs::write(root().join(&page.name), page.text()).expect("the page is writable");
}

fn pages_are_read() -> Result<(), Failed> {
    let text = "a\n  ```console\n  $ policy-host run\n  one\n\n  two\n  $ kubectl get pod\n  ```\n\
        ```console\n$ make run\n```\n\n```diff\n+ three\n```\n```console\nmake demo\n```\n";
    let mut page = Page::new("p.md", text);
    let examples = page.examples();
    let shown: Vec<_> = examples
        .iter()
        .map(|example| {
            (
                example.line,
                example.command.as_str(),
                example.prints.join("|"),
            )
        })
        .collect();
    let expected = [
        (3, "policy-host run", "one||two".to_owned()),
        (7, "kubectl get pod", String::new()),
        (10, "make run", "+ three".to_owned()),
    ];
    if shown != expected {
        return Err(format!("{shown:?}").into());
    }
    page.replace(&examples[2], &["- four".to_owned()]);
    page.replace(&examples[0], &["five".to_owned(), String::new()]);
    let expected = text
        .replace("+ three", "- four")
        .replace("  one\n\n  two\n", "  five\n\n");
    if page.text() == expected {
        Ok(())
    } else {
        Err(page.text().into())
    }
}

fn lines_are_left_out() -> Result<(), Failed> {
    let lines = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    let uid = "04e0aea0-cd46-4138-8c9b-a08284e56aa0";
    for (page, printed, expected) in [
        ("a|...|d", "a|b|c|d", true),
        ("a|...|d", "a|d", true),
        ("a|...", "a|b|c", true),
        ("a|...|d", "a|b|c", false),
        ("a", "a|b", false),
        ("0s  Warning", "1s  Warning", true),
        ("0s  Warning", "1s  Normal", false),
        (
            "uid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
            &format!("uid: {uid}"),
            true,
        ),
        ("uid: 1b4e28ba", &format!("uid: {uid}"), false),
    ] {
        if shows(&lines(page), &lines(printed)) != expected {
            return Err(format!("{page} and {printed}").into());
        }
    }
    Ok(())
}
