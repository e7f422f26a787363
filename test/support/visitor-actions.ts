import type { Random } from '../../cli/sample/random.ts';
import type { Industry } from './industries.ts';
import type { Described, EventMeaning, State } from './recompute-sessions.ts';

/** Chooses what visitors do. */
export class VisitorActions {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What the visitor does, in the words of the API and in those of the vault. */
  choose(industry: Industry, isCrawler: boolean, step: number): Action {
    const random = this.#random;
    if (step === 0 && random.chance(0.93)) return this.#view();
    if (isCrawler) return this.#view();
    const roll = random.next();
    if (roll < 0.3) return this.#view();
    if (roll < 0.38)
      return did(random.pick(['scroll', 'scroll_depth']), 'scroll', {
        scroll_depth: random.pick([25, 50, 75, 100]),
      });
    if (roll < 0.44) {
      const timeOnPage = random.between(1, 300);
      return did('page_visibility', 'change', { time_on_page: timeOnPage }, { timeOnPage });
    }
    if (roll < 0.54)
      return did('click', 'click', { click_x: random.between(0, 1_900), click_y: random.between(0, 900) });
    if (roll < 0.58) return did('text_copy', 'copy', {});
    if (roll < 0.61) return did('form_submit', 'submit', { fields: { email: '[redacted:field]' } });
    if (roll < 0.64) {
      const value = random.chance(0.5) ? random.between(0, 50) : null;
      return did(
        'contact_interaction',
        'phone',
        { evt_action: 'phone', evt_value: value },
        { value, stage: 'consideration' },
      );
    }
    if (roll < 0.66) return did(industry.custom, 'track', {}, { stage: null });
    if (roll < 0.67)
      return did(industry.custom, 'track', { conversion_funnel_stage: 'retention' }, { stage: 'retention' });
    if (roll < 0.69)
      return { ...did('job_finished', 'track', { evt_value: -3 }, { value: -3 }), withoutPage: true };
    if (roll < 0.72) return this.#labelled();
    return roll < 0.87 ? this.#dealing(industry) : this.#transaction(industry);
  }

  #view(): Action {
    const timeOnPage = this.#random.chance(0.2) ? this.#random.between(0, 400) : null;
    return did('page_view', 'view', { time_on_page: timeOnPage }, { timeOnPage, stage: 'awareness' });
  }

  /** An item that is only a label. */
  #labelled(): Action {
    const key = `Label ${this.#random.between(0, 5)}`;
    const items = [{ key, state: itemState(key, 'item', null, null, null) }];
    return did('item_interaction', 'view', { evt_label: key }, { stage: 'consideration', items });
  }

  #dealing(industry: Industry): Action {
    const [item, price] = this.#item(industry);
    const fields = {
      item_id: item.key,
      item_name: item.state.item_name,
      item_type: industry.itemType,
      item_value: price,
      item_currency: 'EUR',
    };
    return did(
      'item_interaction',
      'add',
      { evt_action: 'add', ...fields },
      { itemType: industry.itemType, stage: 'consideration', items: [item] },
    );
  }

  #transaction(industry: Industry): Action {
    const random = this.#random;
    const action = random.pick(['start', 'progress', 'complete', 'complete', 'abandon']);
    const value = random.chance(0.8) ? random.between(100, 90_000) : null;
    const chosen = new Map(
      Array.from({ length: random.between(0, 4) }, () => this.#item(industry)).map(([item, price]) => [
        item.key,
        { item, price },
      ]),
    );
    const listed = [...chosen.values()].map(({ item, price }) => ({
      id: item.key,
      name: item.state.item_name,
      type: industry.itemType,
      price,
      currency: 'EUR',
    }));
    return did(
      'transaction_step',
      action,
      { evt_action: action, evt_value: value, ...(listed.length > 0 && { items: listed }) },
      {
        value,
        itemType: listed.length > 0 ? industry.itemType : null,
        stage: action === 'complete' ? 'conversion' : 'consideration',
        items: [...chosen.values()].map(({ item }) => item),
      },
    );
  }

  #item({ itemType, items }: Industry): [Described, number] {
    const n = this.#random.between(0, items - 1);
    const price = 10 + n + 0.5;
    const name = n % 2 === 0 ? `${itemType} no ${n}` : `Ärmel ${itemType} ${n}`;
    return [
      {
        key: `${itemType === 'plan' ? 'Plan' : itemType}-${n}`,
        state: itemState(name, itemType, null, price, 'EUR'),
      },
      price,
    ];
  }
}

const itemState = (
  name: string,
  type: string,
  category: string | null,
  value: number | null,
  currency: string | null,
): State => ({
  item_name: name,
  item_type: type,
  item_category: category,
  item_description: null,
  item_value: value,
  item_currency: currency,
  is_active: true,
  business_metadata: null,
});

type Said = Pick<EventMeaning, 'action' | 'value' | 'timeOnPage' | 'itemType' | 'stage' | 'items'>;

export interface Action {
  /** The type as the vault names it. */
  readonly type: string;
  readonly fields: object;
  readonly meaning: Said;
  readonly withoutPage?: boolean;
}
const did = (type: string, action: string, fields: object, meaning: Partial<Said> = {}): Action => ({
  type,
  fields,
  meaning: { action, value: null, timeOnPage: null, itemType: null, stage: null, items: [], ...meaning },
});
