export const FIRST_NAMES =
  'Ada Aiko Amir Ana Anders Beatriz Ben Bruno Carla Chen Clara Dario Diego Elif Elena Emil Erik Eva Farid Fatima Felix Finn Gita Greta Hana Hugo Ida Igor Ines Ivan Jan Jana Jonas Julia Kai Karim Lars Lea Leila Lena Leo Lina Luca Luis Lukas Maja Marco Maria Marta Mateo Maya Mia Milan Mina Nadia Nina Noah Nora Olga Omar Oskar Otto Paula Pedro Petra Rafael Rosa Ruben Samir Sara Selma Sofia Stefan Tara Theo Tina Tom Vera Victor Yara Yusuf Zoe'.split(
    ' ',
  );
export const LAST_NAMES =
  'Abel Adler Almeida Andersen Aydin Bauer Becker Berg Bianchi Braun Brandt Castro Conti Costa Dahl Demir Dubois Eriksen Fabre Ferrari Fischer Fontaine Forster Garcia Gomez Greco Haas Hansen Hartmann Hoffmann Horvat Ivanov Jensen Jung Kaya Keller Klein Koch Kovac Krause Lang Larsen Lehmann Lindgren Lopez Lorenz Marino Martin Mayer Meyer Moreau Moretti Nagy Neumann Nielsen Novak Olsen Pereira Petrov Popov Ricci Romano Roth Ruiz Santos Sato Schmidt Schulz Silva Simon Sousa Steiner Tanaka Torres Vogel Wagner Weber Winter Wolf Yilmaz Zimmer'.split(
    ' ',
  );
export const CITIES =
  'Antwerp Bergen Bilbao Bologna Bremen Brno Cork Dresden Gdansk Geneva Ghent Graz Kaunas Leiden Lille Linz Lyon Malmo Nantes Porto Riga Rouen Split Tampere Trieste Turin Utrecht Vigo'.split(
    ' ',
  );
export const STREETS = 'Harbour Mill Station Church Garden River Market School Forest Castle Bridge Park'.split(' ');
export const COUNTRIES = 'AT BE CH CZ DE ES FI FR HR IE IT LT LV NL NO PL PT SE'.split(' ');
export const MAIL_HOSTS = ['mail.example', 'post.example', 'inbox.example', 'letters.example'];

export const CATEGORIES = ['kitchen', 'garden', 'office', 'travel', 'light', 'tools', 'textile', 'toys'] as const;
export const ADJECTIVES =
  'Folding Enamel Walnut Linen Copper Compact Nordic Rustic Woven Glazed Brushed Slim Stackable Insulated Magnetic Cork'.split(
    ' ',
  );
export const NOUNS: Readonly<Record<(typeof CATEGORIES)[number], readonly string[]>> = {
  kitchen: ['Kettle', 'Skillet', 'Mug', 'Grater', 'Bowl', 'Board'],
  garden: ['Trowel', 'Planter', 'Watering Can', 'Rake', 'Gloves'],
  office: ['Notebook', 'Desk Tray', 'Pen Case', 'Monitor Stand', 'Stapler'],
  travel: ['Backpack', 'Bottle', 'Duffel', 'Organiser', 'Towel'],
  light: ['Lamp', 'Lantern', 'Pendant', 'Torch'],
  tools: ['Hammer', 'Level', 'Driver Set', 'Clamp', 'Saw'],
  textile: ['Blanket', 'Cushion', 'Apron', 'Curtain', 'Rug'],
  toys: ['Puzzle', 'Train', 'Blocks', 'Kite', 'Marble Run'],
};

/** Words that people build their passwords from. */
export const PASSWORD_WORDS =
  'amber anchor badger basil birch bramble candle cedar cobalt comet copper coral crane dahlia delta ember falcon fennel fjord garnet ginger harbor hazel heron indigo ivory jasper juniper kestrel lagoon lantern lichen magnet maple marble meadow nectar nickel nutmeg olive onyx orchid otter pebble pepper pigeon plover poplar quartz quince raven ribbon saddle saffron salmon sorrel spruce thistle timber topaz tulip umber velvet walnut willow yarrow zephyr'.split(
    ' ',
  );
