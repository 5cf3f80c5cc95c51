//! Reading the operator's files, and words for what keeps them from being read. Shell.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::config::glob::Glob;
use crate::finding::Finding;
use crate::render::TemplateFile;

/// What was read so far, and what was wrong with it.
#[derive(Debug, Default)]
pub struct Disk {
    /// The text of every file by its name, to show findings in; never that of a secret.
    pub sources: BTreeMap<String, String>,
    /// What keeps an installation from working.
    pub findings: Vec<Finding>,
    /// What an operator should know and may leave as it is.
    pub warnings: Vec<Finding>,
}

impl Disk {
    /// The text of a file, kept as a source. `help` is what to do if it is not there.
    pub fn text(&mut self, path: &Path, help: &str) -> Option<String> {
        let text = self.read(path, help)?;
        self.sources.insert(name_of(path), text.clone());
        Some(text)
    }

    /// The text of a file that nobody may see, white space around it removed; nowhere kept, nowhere shown.
    pub fn secret(&mut self, path: &Path, help: &str) -> Option<String> {
        let secret = self.read(path, help)?.trim().to_owned();
        self.warn_if_open_to_all(path, "it holds a secret");
        Some(secret)
    }

    /// Adds a warning if everybody on the machine may read a file; `because` says what is bad about that.
    pub fn warn_if_open_to_all(&mut self, path: &Path, because: &str) {
        let open = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & READ_BY_OTHERS != 0);
        if open {
            let name = name_of(path);
            let message = format!("everybody on this machine can read the file, and {because}");
            self.warnings.push(Finding::whole(&name, message, format!("run `chmod o-rwx {name}`")));
        }
    }

    /// The template files some patterns mean, each once, in the order of the patterns and their names.
    pub fn templates(&mut self, globs: &[Glob]) -> Vec<TemplateFile> {
        let mut files: Vec<TemplateFile> = Vec::new();
        for glob in globs {
            for file_name in self.names(glob) {
                let path = glob.folder.join(&file_name);
                if files.iter().all(|file| file.file != name_of(&path)) {
                    self.template(&path, &mut files);
                }
            }
        }
        files
    }

    /// Reads one template, unless another one has its name already.
    pub fn template(&mut self, path: &Path, files: &mut Vec<TemplateFile>) {
        let file = name_of(path);
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = file_name.strip_suffix(Glob::EXTENSION).unwrap_or(&file_name).to_owned();
        if let Some(other) = files.iter().find(|other| other.name == name) {
            let message = format!("two templates have the name `{name}`");
            self.findings.push(Finding::whole(&file, message, format!("rename it; the other one is `{}`", other.file)));
        } else if files.len() == MAX_TEMPLATES {
            let message = format!("there are more than {MAX_TEMPLATES} templates");
            self.findings.push(Finding::whole(&file, message, "name fewer files in `templates:` of nightbell.yml"));
        } else if let Some(source) = self.text(path, "correct `templates:` in nightbell.yml, or write it") {
            files.push(TemplateFile { name, file, source });
        }
    }

    /// The file names a pattern means. A folder that is not there holds none: the example config names one that need
    /// not exist.
    fn names(&mut self, glob: &Glob) -> Vec<String> {
        if let Some(name) = glob.single() {
            return vec![name.to_owned()];
        }
        let folder = if glob.folder.as_os_str().is_empty() { Path::new(".") } else { &glob.folder };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                let help = "correct `templates:` in nightbell.yml";
                self.findings.push(Finding::whole(&name_of(folder), words(&error), help));
                return Vec::new();
            }
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| glob.matches(name)).collect();
        names.sort();
        names
    }

    fn read(&mut self, path: &Path, help: &str) -> Option<String> {
        let mut bytes = Vec::new();
        // Whatever is no plain file (a pipe, a device) could keep the reader waiting for ever.
        let is_other = |kind: fs::FileType| !kind.is_file() && !kind.is_dir();
        if fs::metadata(path).is_ok_and(|metadata| is_other(metadata.file_type())) {
            self.findings.push(Finding::whole(&name_of(path), "this is no plain file", help));
            return None;
        }
        let outcome = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
        let complaint = match outcome {
            Err(error) => (words(&error), help),
            Ok(_) if bytes.len() as u64 > MAX_FILE_BYTES => {
                (format!("the file has more than the {MAX_FILE_BYTES} bytes that are read"), "look what is in it")
            }
            Ok(_) => match String::from_utf8(bytes) {
                Ok(text) => return Some(text),
                Err(_) => ("the file is no UTF-8 text".to_owned(), "save it as UTF-8"),
            },
        };
        self.findings.push(Finding::whole(&name_of(path), complaint.0, complaint.1));
        None
    }
}

/// A file as findings name it.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.display().to_string()
}

fn words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        ErrorKind::NotADirectory => "part of its path is a file, not a folder".to_owned(),
        _ => format!("it cannot be read ({error})"),
    }
}

/// Longest file that is read, in bytes: twice what a routing file may have, so that its own sentence tells of that.
const MAX_FILE_BYTES: u64 = 2 << 20;

/// Most template files: a family takes three, and nobody writes sixty families.
const MAX_TEMPLATES: usize = 200;

/// The permission bit that lets everybody read.
const READ_BY_OTHERS: u32 = 0o004;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(findings: &[Finding], folder: &Path) -> Vec<String> {
        let folder = format!("{}/", folder.display());
        findings.iter().map(|finding| finding.to_string().replace(&folder, "")).collect()
    }

    #[test]
    fn what_cannot_be_read_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("folder")).expect("written");
        fs::write(path("latin"), b"caf\xe9").expect("written");
        fs::write(path("long"), vec![b'#'; MAX_FILE_BYTES as usize + 1]).expect("written");
        let mut disk = Disk::default();
        for name in ["absent", "folder", "latin", "long", "latin/x"] {
            assert_eq!(disk.text(&path(name), "do something"), None, "{name}");
        }
        assert_eq!(
            told(&disk.findings, folder.path()),
            [
                "absent: there is no such file; do something",
                "folder: it is a folder, not a file; do something",
                "latin: the file is no UTF-8 text; save it as UTF-8",
                "long: the file has more than the 2097152 bytes that are read; look what is in it",
                "latin/x: part of its path is a file, not a folder; do something",
            ]
        );
        assert!(disk.sources.is_empty());
    }

    #[test]
    fn patterns_find_each_template_once_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.hbs", "a.hbs", ".a.hbs", "a.hbs~", "notes.txt"] {
            fs::write(folder.path().join(name), name).expect("written");
        }
        let glob = |pattern: &str| Glob::parse(&folder.path().join(pattern).display().to_string()).expect(pattern);
        let mut disk = Disk::default();
        let files = disk.templates(&[glob("b.hbs"), glob("*.hbs"), glob("absent/*.hbs")]);
        let names: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.source.as_str())).collect();
        assert_eq!(names, [("b", "b.hbs"), ("a", "a.hbs")]);
        assert!(disk.findings.is_empty());
    }

    #[test]
    fn template_that_is_absent_or_there_twice_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("more")).expect("written");
        fs::write(folder.path().join("a.hbs"), "a").expect("written");
        fs::write(folder.path().join("more/a.hbs"), "b").expect("written");
        let glob = |pattern: &str| Glob::parse(&folder.path().join(pattern).display().to_string()).expect(pattern);
        let mut disk = Disk::default();
        assert_eq!(disk.templates(&[glob("*.hbs"), glob("more/*.hbs"), glob("db.hbs")]).len(), 1);
        assert_eq!(
            told(&disk.findings, folder.path()),
            [
                "more/a.hbs: two templates have the name `a`; rename it; the other one is `a.hbs`",
                "db.hbs: there is no such file; correct `templates:` in nightbell.yml, or write it",
            ]
        );
    }

    #[test]
    fn secret_is_trimmed_not_kept_and_warned_of_when_open_to_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        fs::write(&path, " s3cret\n").expect("written");
        for (mode, warnings) in [(0o600, 0), (0o640, 0), (0o644, 1)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let mut disk = Disk::default();
            assert_eq!(disk.secret(&path, "").as_deref(), Some("s3cret"));
            assert_eq!((disk.warnings.len(), disk.sources.len()), (warnings, 0), "{mode:o}");
        }
    }
}
