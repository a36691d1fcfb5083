import { describe, expect, it } from 'vitest';
import { requireText, SABOTAGES } from './sabotage/sabotages.js';

describe('the sabotages', () => {
  it.each(SABOTAGES)('find in the build what they break: $name', (sabotage) => {
    expect(() => requireText(sabotage)).not.toThrow();
  });
});
