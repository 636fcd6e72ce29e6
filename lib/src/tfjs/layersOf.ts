import * as tf from '@tensorflow/tfjs';

/** The layers of a model, those of models inside it too, each once, in the order in which they were added. */
export function layersOf(model: tf.LayersModel): tf.layers.Layer[] {
  const all = model.layers.flatMap((layer) => (layer instanceof tf.LayersModel ? layersOf(layer) : [layer]));
  return [...new Set(all)];
}
