import { describe, expect, it } from 'vitest';
import { canSabotage, SABOTAGES } from './sabotage/sabotages.js';

describe('the sabotages', () => {
  it.each(SABOTAGES)('find in the build what they break: $name', (sabotage) => {
    const isBuilt = canSabotage(sabotage);
    if (!isBuilt) process.stderr.write(`sabotage ${sabotage.name} is left out: ${sabotage.untilBuilt}\n`);
    expect(isBuilt || sabotage.untilBuilt !== undefined).toBe(true);
  });
});
