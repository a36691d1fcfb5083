import type { DeviceViewer, Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { forbidden } from '../errors.js';
import { abortable } from '../live/abortable.js';
import { requireVisible } from './commands.js';
import { parseId } from './ids.js';

/** The ids of the commands for the calling device: those that wait for its answer at once, then each that comes. */
export function commandsFor({ live }: Services, viewer: DeviceViewer): AsyncIterableIterator<string, void> {
  if (!viewer.applianceId) throw forbidden('Pair the appliance with a home first.');
  return live.mailboxes.open(viewer.applianceId);
}

/**
 * The id of a command at once, and again after each change; ends after the last one, when the device has answered or it is
 * too late. Throws `NOT_FOUND` when there is none that the viewer may see.
 */
export async function watchedCommand(
  services: Services,
  viewer: Viewer,
  commandId: string,
): Promise<AsyncIterableIterator<string, void>> {
  const id = parseId('ApplianceCommand', commandId, 'commandId');
  await requireVisible(services, viewer, id);
  const changes = services.live.commands.watch([id]);
  return abortable((signal) => {
    signal.addEventListener('abort', () => void changes.return?.(), { once: true });
    return untilAnswered(services, id, changes);
  });
}

async function* untilAnswered(
  { db }: Services,
  id: string,
  changes: AsyncIterableIterator<string, void>,
): AsyncGenerator<string, void> {
  for await (const changed of changes) {
    // Read before the entry is: what it shows is at least as new.
    const command = await db.orm.query.applianceCommands.findFirst({
      columns: { state: true },
      where: { id },
    });
    yield changed;
    if (command?.state !== 'pending' && command?.state !== 'delivered') return;
  }
}
