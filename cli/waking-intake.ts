import type { Notifications, Taken } from '../alerts/index.js';

/** Decisions about a delivered alert after which something may be to do; what is told again changes nothing. */
const NEWS: ReadonlySet<Taken['decision']> = new Set(['new', 'refired', 'changed']);

/** Takes deliveries of alerts in, and wakes whoever acts when one brought news. */
export function wakingIntake(
  notifications: Pick<Notifications, 'takeDelivery'>,
  wake: () => void,
): Notifications['takeDelivery'] {
  return async (body) => {
    const taken = await notifications.takeDelivery(body);
    if (taken.some(({ decision }) => NEWS.has(decision))) wake();
    return taken;
  };
}
