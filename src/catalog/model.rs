//! What a category and an equipment type must be. Pure.

use crate::kernel::{CategoryId, Money, Refusal, Sought, Text, TypeId};

crate::words_in_columns! {
    /// Whether things of the type carry tags of their own or are counted.
    Tracking { Items = "ITEMS", Bulk = "BULK" }
}

crate::words_in_columns! {
    /// Whether a type is rented for itself, or only goes along with another.
    Role { Primary = "PRIMARY", Accessory = "ACCESSORY" }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Category {
    pub id: CategoryId,
    pub parent: Option<CategoryId>,
    pub name: Text,
    /// What generated tags begin with: `CAM`.
    pub letters: String,
    pub withdrawn: bool,
}

/// What a new type is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewType {
    pub category: CategoryId,
    pub name: Text,
    pub description: Option<Text>,
    /// Name and value, in the order a person gave them.
    pub specs: Vec<(Text, Text)>,
    pub contents: Vec<Text>,
    pub tracking: Tracking,
    pub role: Role,
    /// A rental of this type lasts so long unless a due time is given (a movie: 48).
    pub fixed_hours: Option<i64>,
    pub turnaround_minutes: i64,
    pub replacement_value: Option<Money>,
    pub reference: Option<Text>,
}

/// What a promise asks of a type, in one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    pub name: Text,
    pub category: CategoryId,
    pub turnaround_minutes: i64,
    pub withdrawn: bool,
    pub role: Role,
    pub tracking: Tracking,
    pub is_kit: bool,
    pub has_accessories: bool,
    /// Of a type that is rented for one period.
    pub fixed_hours: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EquipmentType {
    pub id: TypeId,
    pub details: NewType,
    pub withdrawn: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CatalogRefusal {
    #[error("A category needs a name of 1 to 100 characters")]
    CategoryName,
    #[error("There is a category \"{0}\" already")]
    CategoryKnown(Text),
    #[error("There is no category \"{0}\"")]
    CategoryUnknown(Text),
    #[error("\"{0}\" cannot lie inside itself")]
    CategoryLoop(Text),
    #[error("\"{name}\" still holds {count} types or categories")]
    CategoryFull { name: Text, count: i64 },
    #[error("\"{0}\" cannot be letters for tags: 2 to 4 letters are")]
    Letters(Text),
    #[error("Tags with {letters} belong to \"{owner}\" already")]
    LettersTaken { letters: Text, owner: Text },
    #[error("A type needs a name of 1 to 255 characters")]
    TypeName,
    #[error("There is a type \"{0}\" in this category already")]
    TypeKnown(Text),
    #[error("There is no type \"{0}\"")]
    TypeUnknown(Text),
    #[error("\"{text}\" could be {candidates}")]
    Ambiguous { text: Text, candidates: Text },
    #[error("\"{0}\" is withdrawn")]
    Withdrawn(Text),
    #[error("\"{0}\" is not withdrawn")]
    InCatalogue(Text),
    #[error("Withdrawing a type needs a reason")]
    ReasonMissing,
    #[error("A turnaround is 0 to 43200 minutes, not {0}")]
    Turnaround(i64),
    #[error("A fixed rental period is 1 to 8784 hours, not {0}")]
    FixedHours(i64),
    #[error("{kit} cannot hold {component}, because it would lie inside itself")]
    KitLoop { kit: Text, component: Text },
    #[error("{0} is a kit: it cannot go along with another type")]
    KitAlong(Text),
    #[error("\"{0}\" is no kit")]
    NotKit(Text),
    #[error("{0} would be a kit of kits deeper than 3 levels")]
    KitDeep(Text),
    #[error("A kit holds 1 to 1000 of a component, not {quantity} of {component}")]
    ComponentQuantity { component: Text, quantity: i64 },
    #[error(
        "A ratio is 1 to 1000 of {accessory} for 1 to 1000 of the type, not {quantity} for {per}"
    )]
    Ratio {
        accessory: Text,
        quantity: i64,
        per: i64,
    },
    #[error("{0} cannot go along with itself, or take its own place")]
    WithItself(Text),
    #[error("{accessory} does not go along with {of}")]
    NoAccessory { of: Text, accessory: Text },
    #[error("{substitute} is not taken in place of {of}")]
    NoSubstitute { of: Text, substitute: Text },
}

impl Refusal for CatalogRefusal {
    fn hint(&self) -> String {
        use CatalogRefusal::*;
        match self {
            CategoryName | TypeName => "give a name".to_owned(),
            CategoryKnown(_) | TypeKnown(_) => "use that one, or another name".to_owned(),
            CategoryUnknown(name) => format!("make it first (rentdesk category add \"{name}\")"),
            CategoryLoop(_) => "choose a category outside it".to_owned(),
            CategoryFull { .. } => "move them first".to_owned(),
            Letters(_) => "for example CAM".to_owned(),
            LettersTaken { .. } => "choose others (--letters)".to_owned(),
            TypeUnknown(_) => "look among the gear: F7 (rentdesk type list)".to_owned(),
            Ambiguous { .. } => "use more of the name, or its number".to_owned(),
            Withdrawn(_) => "what is out can still come back; bring it back to promise it again (rentdesk type reinstate)".to_owned(),
            InCatalogue(_) => "it can be promised and handed out".to_owned(),
            ReasonMissing => "say why (--reason)".to_owned(),
            Turnaround(_) => "for example 60".to_owned(),
            FixedHours(_) => "for example 48".to_owned(),
            KitLoop { component, .. } => format!("look what it is made of (rentdesk kit show \"{component}\")"),
            KitAlong(_) => "let its components go along instead".to_owned(),
            NotKit(_) => "look among the kits (rentdesk kit list)".to_owned(),
            KitDeep(_) => "name the components of the inner kits instead".to_owned(),
            ComponentQuantity { .. } => "for example \"Aputure 600d*2\"".to_owned(),
            Ratio { .. } => "for example \"V-mount battery*2/1\"".to_owned(),
            WithItself(_) => "name another type".to_owned(),
            NoAccessory { of, .. } | NoSubstitute { of, .. } => format!("look what does (rentdesk type show \"{of}\")"),
        }
    }

    fn kind(&self) -> &'static str {
        "catalogue"
    }

    fn not_found(&self) -> bool {
        matches!(
            self,
            CatalogRefusal::CategoryUnknown(_)
                | CatalogRefusal::TypeUnknown(_)
                | CatalogRefusal::NotKit(_)
        )
    }

    fn sought(&self) -> Option<Sought> {
        match self {
            CatalogRefusal::TypeUnknown(text) => Some(Sought::Type(text.clone())),
            _ => None,
        }
    }
}

impl NewType {
    pub fn named(category: CategoryId, name: Text, tracking: Tracking) -> Self {
        NewType {
            category,
            name,
            description: None,
            specs: Vec::new(),
            contents: Vec::new(),
            tracking,
            role: Role::Primary,
            fixed_hours: None,
            turnaround_minutes: 0,
            replacement_value: None,
            reference: None,
        }
    }

    pub fn checked(&self) -> Result<(), CatalogRefusal> {
        if self.name.is_empty() || self.name.length() > 255 {
            return Err(CatalogRefusal::TypeName);
        }
        if !(0..=43_200).contains(&self.turnaround_minutes) {
            return Err(CatalogRefusal::Turnaround(self.turnaround_minutes));
        }
        match self.fixed_hours {
            Some(hours) if !(1..=8_784).contains(&hours) => Err(CatalogRefusal::FixedHours(hours)),
            _ => Ok(()),
        }
    }
}

/// Letters for a category's tags, best first: the beginning of its name, then its first letter with
/// later ones, then with a digitless alphabet, so that there is always one more.
pub(super) fn letter_candidates(name: &str) -> Vec<String> {
    let letters: Vec<char> = crate::kernel::text::folded(name)
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let first = letters.first().copied().unwrap_or('T');
    let mut candidates = Vec::new();
    if letters.len() >= 3 {
        candidates.push(letters.iter().take(3).collect());
        for (position, second) in letters.iter().enumerate().skip(1) {
            candidates.extend(
                letters
                    .iter()
                    .skip(position + 1)
                    .map(|third| String::from_iter([first, *second, *third])),
            );
        }
    }
    for second in 'A'..='Z' {
        candidates.extend(('A'..='Z').map(|third| String::from_iter([first, second, third])));
    }
    for second in 'A'..='Z' {
        candidates.extend(('A'..='Z').flat_map(|third| {
            ('A'..='Z').map(move |fourth| String::from_iter([first, second, third, fourth]))
        }));
    }
    candidates
}
