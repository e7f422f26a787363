/** What a visitor sends who leaves a mark wherever a sender can leave one. */
export function markedVisit(mark: string, at: Date, more: object = {}): object[] {
  const time = (minutes: number) => new Date(at.getTime() + minutes * 60_000).toISOString();
  const own = {
    visitor_id: `visitor-${mark}`,
    user_agent: `Mozilla/5.0 (${mark}) Gecko/20100101 Firefox/145.0`,
    timezone: `Zone/${mark}`,
    browser_language: mark,
    screen_resolution: mark,
    ...more,
  };
  const visit = [
    {
      ...own,
      event_type: 'page_view',
      event_timestamp: time(0),
      page_url: `https://shop.example/shared?who=${mark}&gclid=${mark}#${mark}`,
      page_title: `Hello ${mark}`,
      page_referrer: `https://${mark}.example/from/${mark}`,
      utm_source: `source-${mark}`,
      utm_campaign: `campaign-${mark}`,
      utm_content: mark,
      note: `a note of ${mark}`,
      [`key-${mark}`]: [1, { deep: mark }],
    },
    {
      ...own,
      event_type: 'page_view',
      event_timestamp: time(1),
      page_url: `https://shop.example/accounts/${mark}`,
      page_title: 'Account',
    },
    {
      ...own,
      event_type: 'item_interaction',
      event_timestamp: time(2),
      evt_label: `wish of ${mark}`,
      page_url: 'https://shop.example/shared',
    },
    {
      ...own,
      event_type: 'item_interaction',
      event_timestamp: time(3),
      items: [{ item_id: 'boots', item_name: `Boots of ${mark}`, material: mark }, { item_id: 'socks' }],
      page_url: 'https://shop.example/shared',
      session_id: `session-${mark}`,
    },
    {
      ...own,
      event_type: `type-${mark}`,
      evt_category: `category-${mark}`,
      evt_action: `action-${mark}`,
      evt_value: 7,
      event_timestamp: time(4),
      device_type: `device-${mark}`,
      browser_name: `browser-${mark}`,
      session_id: `session-${mark}`,
    },
    {
      ...own,
      event_type: 'transaction_step',
      evt_action: 'complete',
      step_name: `step-${mark}`,
      conversion_funnel_stage: `stage-${mark}`,
      business_item_type: `kind-${mark}`,
      evt_value: 100,
      event_timestamp: time(40),
      page_url: 'https://shop.example/shared',
    },
  ];
  return visit.map((event, index) => ({ event_id: `${index}-${mark}`, ...event }));
}
