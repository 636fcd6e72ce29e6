import type { Random } from '../random.js';
import type { Point, Shape } from './raster.js';

/**
 * The things that the covariate-shift lecture draws, each from a few shapes in a box from -1 to 1.
 * `part` says which colour of the scene a shape takes: `body` the thing's own colour, `shade` a darker tone of it,
 * `light` a paler one, `paper` the background, seen through a window or an eye.
 */
export interface Drawn {
  shape: Shape;
  part: 'body' | 'shade' | 'light' | 'paper';
}

/** All that a drawn picture can show; a classifier tells the cats from the rest. */
export const objectKinds = ['cat', 'dog', 'car', 'house', 'flower', 'tree', 'fish', 'mug', 'boat'] as const;
/** What a drawn picture can show. */
export type ObjectKind = (typeof objectKinds)[number];

type Part = Drawn['part'];
const ellipse = (part: Part, x: number, y: number, rx: number, ry: number, angle = 0): Drawn => ({
  part,
  shape: { kind: 'ellipse', centre: [x, y], radii: [rx, ry], angle },
});
const polygon = (part: Part, ...corners: Point[]): Drawn => ({ part, shape: { kind: 'polygon', corners } });
const line = (part: Part, width: number, ...through: Point[]): Drawn => ({
  part,
  shape: { kind: 'line', width, through },
});

/** A cat's head with pricked ears, looking at us. */
function catHead(x: number, y: number, r: number): Drawn[] {
  return [
    polygon('body', [x - 0.95 * r, y - 0.2 * r], [x - 0.85 * r, y - 1.5 * r], [x - 0.05 * r, y - 0.75 * r]),
    polygon('body', [x + 0.95 * r, y - 0.2 * r], [x + 0.85 * r, y - 1.5 * r], [x + 0.05 * r, y - 0.75 * r]),
    polygon('light', [x - 0.75 * r, y - 0.5 * r], [x - 0.74 * r, y - 1.12 * r], [x - 0.35 * r, y - 0.75 * r]),
    polygon('light', [x + 0.75 * r, y - 0.5 * r], [x + 0.74 * r, y - 1.12 * r], [x + 0.35 * r, y - 0.75 * r]),
    ellipse('body', x, y, 1.05 * r, 0.9 * r),
    ellipse('paper', x - 0.42 * r, y - 0.12 * r, 0.24 * r, 0.26 * r),
    ellipse('paper', x + 0.42 * r, y - 0.12 * r, 0.24 * r, 0.26 * r),
    ellipse('shade', x - 0.42 * r, y - 0.12 * r, 0.1 * r, 0.25 * r),
    ellipse('shade', x + 0.42 * r, y - 0.12 * r, 0.1 * r, 0.25 * r),
    polygon('shade', [x - 0.16 * r, y + 0.2 * r], [x + 0.16 * r, y + 0.2 * r], [x, y + 0.38 * r]),
  ];
}

/** Whiskers, drawn only where the head is large enough for them. */
function whiskers(x: number, y: number, r: number): Drawn[] {
  return [-1, 1].flatMap((side) =>
    [0.2, 0.45].map((drop) =>
      line('shade', 0.07 * r, [x + side * 0.4 * r, y + 0.32 * r], [x + side * 1.35 * r, y + drop * r]),
    ),
  );
}

function cat(random: Random): Drawn[] {
  const pose = random.integer(3);
  if (pose === 0) return [...catHead(0, 0.15, 0.62), ...whiskers(0, 0.15, 0.62)];
  const wag = 0.2 * (random.uniform() - 0.5);
  if (pose === 1) {
    return [
      line('body', 0.17, [0.3, 0.75], [0.75, 0.65], [0.88, 0.25 + wag], [0.72, -0.05 + wag]),
      ellipse('body', 0, 0.42, 0.45, 0.5),
      ellipse('light', 0, 0.5, 0.2, 0.32),
      ellipse('body', -0.22, 0.86, 0.2, 0.1),
      ellipse('body', 0.22, 0.86, 0.2, 0.1),
      ...catHead(0, -0.33, 0.4),
    ];
  }
  return [
    line('body', 0.15, [-0.6, 0.1], [-0.85, -0.25 + wag], [-0.75, -0.7 + wag]),
    ...[-0.5, -0.25, 0.25, 0.48].map((x) => line('body', 0.17, [x, 0.3], [x, 0.8])),
    ellipse('body', -0.05, 0.18, 0.66, 0.3),
    ...catHead(0.55, -0.2, 0.34),
  ];
}

/** A dog in profile: muzzle, hanging ear, short tail. */
function dog(random: Random): Drawn[] {
  const wag = 0.25 * (random.uniform() - 0.5);
  if (random.integer(2) === 0) {
    return [
      ellipse('body', 0, 0, 0.55, 0.62),
      ellipse('shade', -0.58, 0.05, 0.2, 0.55, 0.15),
      ellipse('shade', 0.58, 0.05, 0.2, 0.55, -0.15),
      ellipse('light', 0, 0.42, 0.36, 0.3),
      ellipse('shade', 0, 0.3, 0.15, 0.1),
      ellipse('shade', -0.22, -0.12, 0.09, 0.09),
      ellipse('shade', 0.22, -0.12, 0.09, 0.09),
      ellipse('shade', 0, 0.62, 0.12, 0.07),
    ];
  }
  return [
    line('body', 0.13, [-0.6, 0.0], [-0.85, -0.2 + wag]),
    ...[-0.52, -0.3, 0.22, 0.42].map((x) => line('body', 0.17, [x, 0.3], [x, 0.82])),
    ellipse('body', -0.08, 0.15, 0.62, 0.28),
    line('body', 0.32, [0.35, 0.05], [0.48, -0.35]),
    ellipse('body', 0.5, -0.4, 0.3, 0.26),
    ellipse('body', 0.8, -0.3, 0.2, 0.14),
    ellipse('shade', 0.95, -0.34, 0.07, 0.07),
    ellipse('shade', 0.36, -0.25, 0.12, 0.3, 0.2),
    ellipse('shade', 0.58, -0.46, 0.06, 0.06),
  ];
}

function car(random: Random): Drawn[] {
  const roof = 0.1 * (random.uniform() - 0.5);
  return [
    polygon('body', [-0.5, 0.05], [-0.3, -0.4 + roof], [0.3, -0.4 + roof], [0.6, 0.05]),
    polygon('paper', [-0.36, 0], [-0.22, -0.28 + roof], [-0.02, -0.28 + roof], [-0.02, 0]),
    polygon('paper', [0.08, 0], [0.08, -0.28 + roof], [0.25, -0.28 + roof], [0.44, 0]),
    polygon('body', [-0.92, 0.02], [0.8, 0.02], [0.95, 0.15], [0.95, 0.45], [-0.95, 0.45]),
    ...[-0.5, 0.5].flatMap((x) => [
      ellipse('shade', x, 0.48, 0.24, 0.24),
      ellipse('light', x, 0.48, 0.11, 0.11),
    ]),
  ];
}

function house(random: Random): Drawn[] {
  const door = random.integer(2) === 0 ? -0.25 : 0.25;
  return [
    polygon('shade', [0.3, -0.45], [0.3, -0.85], [0.5, -0.85], [0.5, -0.3]),
    polygon('body', [-0.65, -0.1], [0.65, -0.1], [0.65, 0.85], [-0.65, 0.85]),
    polygon('shade', [-0.9, -0.08], [0, -0.85], [0.9, -0.08]),
    polygon('paper', [door - 0.15, 0.3], [door + 0.15, 0.3], [door + 0.15, 0.85], [door - 0.15, 0.85]),
    polygon('paper', [-door - 0.2, 0.12], [-door + 0.2, 0.12], [-door + 0.2, 0.48], [-door - 0.2, 0.48]),
  ];
}

function flower(random: Random): Drawn[] {
  const petals = 5 + random.integer(3);
  const turn = random.uniform();
  const around = Array.from({ length: petals }, (_, i) => ((i + turn) * 2 * Math.PI) / petals);
  return [
    line('shade', 0.11, [0, -0.2], [0.05, 0.9]),
    ellipse('shade', 0.26, 0.5, 0.26, 0.1, -0.5),
    ...around.map((a) => ellipse('body', 0.33 * Math.cos(a), -0.3 + 0.33 * Math.sin(a), 0.29, 0.17, a)),
    ellipse('light', 0, -0.3, 0.17, 0.17),
  ];
}

function tree(random: Random): Drawn[] {
  const trunk = polygon('shade', [-0.12, 0.2], [0.12, 0.2], [0.16, 0.92], [-0.16, 0.92]);
  if (random.integer(2) === 0) {
    const tiers = [-0.85, -0.45, -0.05];
    return [
      trunk,
      ...tiers.map((top, i) =>
        polygon('body', [0, top], [0.4 + 0.14 * i, top + 0.62], [-0.4 - 0.14 * i, top + 0.62]),
      ),
    ];
  }
  return [
    trunk,
    ellipse('body', -0.34, -0.1, 0.4, 0.36),
    ellipse('body', 0.34, -0.1, 0.4, 0.36),
    ellipse('body', 0, -0.42, 0.48, 0.44),
  ];
}

function fish(random: Random): Drawn[] {
  const fat = 0.36 + 0.1 * random.uniform();
  return [
    polygon('body', [-0.45, 0], [-0.95, -0.42], [-0.82, 0], [-0.95, 0.42]),
    polygon('shade', [-0.1, -0.3], [0.15, -0.62], [0.3, -0.25]),
    ellipse('body', 0.12, 0, 0.7, fat),
    line('shade', 0.07, [0.32, -0.22], [0.24, 0], [0.32, 0.22]),
    ellipse('paper', 0.55, -0.1, 0.11, 0.11),
    ellipse('shade', 0.57, -0.1, 0.05, 0.05),
  ];
}

function mug(random: Random): Drawn[] {
  const tall = 0.1 * (random.uniform() - 0.5);
  return [
    ellipse('body', 0.5, 0.1, 0.36, 0.36),
    ellipse('paper', 0.5, 0.1, 0.2, 0.2),
    polygon('body', [-0.6, -0.55 + tall], [0.45, -0.55 + tall], [0.4, 0.75], [-0.55, 0.75]),
    ellipse('body', -0.075, 0.75, 0.475, 0.12),
    ellipse('light', -0.075, -0.55 + tall, 0.525, 0.15),
    line('light', 0.06, [-0.3, -0.8 + tall], [-0.22, -0.95 + tall]),
    line('light', 0.06, [0.05, -0.8 + tall], [0.13, -0.95 + tall]),
  ];
}

function boat(random: Random): Drawn[] {
  const sail = 0.1 * (random.uniform() - 0.5);
  return [
    polygon('body', [-0.85, 0.35], [0.85, 0.35], [0.55, 0.78], [-0.55, 0.78]),
    line('shade', 0.08, [0, 0.4], [0, -0.9]),
    polygon('light', [0.08, -0.85], [0.7 + sail, 0.22], [0.08, 0.22]),
    polygon('shade', [-0.08, -0.6], [-0.55 - sail, 0.22], [-0.08, 0.22]),
  ];
}

const drawings: Record<ObjectKind, (random: Random) => Drawn[]> = {
  cat,
  dog,
  car,
  house,
  flower,
  tree,
  fish,
  mug,
  boat,
};

/** The shapes of one thing in one of its poses, back to front. */
export function drawKind(kind: ObjectKind, random: Random): Drawn[] {
  return drawings[kind](random);
}
