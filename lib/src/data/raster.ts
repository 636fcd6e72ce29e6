/**
 * A small rasteriser: fills ellipses, polygons and thick lines on a square picture, with smooth edges.
 * A pixel's share of a shape comes from the distance between its centre and the shape's edge: 1/2 on the edge,
 * 0 and 1 half a pixel away from it.
 */

/** A point; pictures are drawn in a box from -1 to 1, x to the right and y downwards. */
export type Point = readonly [number, number];

export type Shape =
  | { kind: 'ellipse'; centre: Point; radii: Point; angle?: number }
  | { kind: 'polygon'; corners: readonly Point[] }
  | { kind: 'line'; through: readonly Point[]; width: number };

/** Red, green and blue, from 0 to 1. */
export type Colour = readonly [number, number, number];

/** Where a drawing is put: turned, flipped, scaled, moved. */
export interface Placement {
  x: number;
  y: number;
  scale: number;
  /** Radians, clockwise. */
  angle: number;
  flip: boolean;
}

/** Signed distance to a segment's capsule: the set of points within `width / 2` of the segment. */
function distanceToSegment(px: number, py: number, a: Point, b: Point): number {
  const [abx, aby] = [b[0] - a[0], b[1] - a[1]];
  const along = ((px - a[0]) * abx + (py - a[1]) * aby) / (abx * abx + aby * aby || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(px - a[0] - t * abx, py - a[1] - t * aby);
}

/** Distance from a point to a shape's edge, negative inside. For an ellipse, to first order. */
export function signedDistance(shape: Shape, px: number, py: number): number {
  if (shape.kind === 'ellipse') {
    const { centre, radii, angle = 0 } = shape;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [dx, dy] = [px - centre[0], py - centre[1]];
    const [x, y] = [cos * dx + sin * dy, cos * dy - sin * dx];
    const f = Math.hypot(x / radii[0], y / radii[1]);
    const slope = Math.hypot(x / radii[0] ** 2, y / radii[1] ** 2);
    return slope > 0 ? (f * (f - 1)) / slope : -Math.min(radii[0], radii[1]);
  }
  if (shape.kind === 'line') {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 1; i < shape.through.length; i++) {
      nearest = Math.min(nearest, distanceToSegment(px, py, shape.through[i - 1], shape.through[i]));
    }
    return nearest - shape.width / 2;
  }
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  const { corners } = shape;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [a, b] = [corners[i], corners[j]];
    nearest = Math.min(nearest, distanceToSegment(px, py, a, b));
    const crosses = a[1] > py !== b[1] > py && px < ((b[0] - a[0]) * (py - a[1])) / (b[1] - a[1]) + a[0];
    if (crosses) inside = !inside;
  }
  return inside ? -nearest : nearest;
}

/** A box (left, top, right, bottom) that holds the whole shape. */
function bounds(shape: Shape): [number, number, number, number] {
  if (shape.kind === 'ellipse') {
    const reach = shape.angle ? Math.max(...shape.radii) : undefined;
    const [x, y] = shape.centre;
    const [rx, ry] = [reach ?? shape.radii[0], reach ?? shape.radii[1]];
    return [x - rx, y - ry, x + rx, y + ry];
  }
  const points = shape.kind === 'line' ? shape.through : shape.corners;
  const room = shape.kind === 'line' ? shape.width / 2 : 0;
  const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
  return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room];
}

/**
 * Paints one shape over a square picture of `size` x `size` pixels (red, green, blue from 0 to 1, row by row).
 * The shape is given in the drawing's own box, `place` says where that box lies in the picture's.
 */
export function paint(
  picture: Float32Array,
  offset: number,
  size: number,
  shape: Shape,
  colour: Colour,
  place: Placement,
): void {
  const [cos, sin] = [Math.cos(place.angle), Math.sin(place.angle)];
  // One pixel's width, measured in the drawing's box.
  const pixel = 2 / size / place.scale;
  const [left, top, right, bottom] = bounds(shape);
  for (let row = 0; row < size; row++) {
    const y = ((row + 0.5) * 2) / size - 1 - place.y;
    for (let column = 0; column < size; column++) {
      const x = ((column + 0.5) * 2) / size - 1 - place.x;
      const u = ((cos * x + sin * y) / place.scale) * (place.flip ? -1 : 1);
      const v = (cos * y - sin * x) / place.scale;
      if (u < left - pixel || u > right + pixel || v < top - pixel || v > bottom + pixel) continue;
      const share = Math.min(1, Math.max(0, 0.5 - signedDistance(shape, u, v) / pixel));
      if (share === 0) continue;
      const at = offset + 3 * (row * size + column);
      for (let k = 0; k < 3; k++) picture[at + k] += share * (colour[k] - picture[at + k]);
    }
  }
}
