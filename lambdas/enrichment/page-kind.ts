/** First words of a path that say what a section of a site holds, in the plan's words. */
const categories: ReadonlyMap<string, string> = new Map(
  Object.entries({
    products: [
      'products',
      'product',
      'shop',
      'store',
      'catalogue',
      'catalog',
      'collections',
      'p',
      'item',
      'items',
    ],
    articles: ['articles', 'article', 'blog', 'news', 'post', 'posts', 'stories', 'guides', 'magazine'],
    features: ['features', 'feature', 'pricing', 'plans', 'solutions', 'integrations'],
    services: ['services', 'service', 'appointments', 'book', 'booking', 'bookings'],
    about: ['about', 'about-us', 'team', 'company', 'careers', 'jobs', 'imprint', 'privacy', 'terms'],
    contact: ['contact', 'contact-us', 'support', 'help', 'faq'],
    transactions: [
      'cart',
      'basket',
      'checkout',
      'order',
      'orders',
      'payment',
      'signup',
      'register',
      'subscribe',
    ],
    account: ['account', 'login', 'logout', 'profile', 'settings', 'dashboard', 'admin'],
  }).flatMap(([category, words]) => words.map((word): [string, string] => [word, category])),
);

export interface PageKind {
  readonly category: string;
  /** landing, category, detail, checkout or content. */
  readonly type: string;
}

/** What kind of page a path names: its section by the first word, its type by its place in the section. */
export function classifyPage(path: string): PageKind {
  const words = path
    .toLowerCase()
    .split('/')
    .filter((word) => word !== '');
  const first = words[0]?.replace(/\.[a-z0-9]{2,5}$/, '');
  if (first === undefined || (words.length === 1 && /^(index|home|default)$/.test(first))) {
    return { category: 'home', type: 'landing' };
  }
  const category = categories.get(first) ?? 'other';
  if (category === 'transactions') return { category, type: 'checkout' };
  if (category === 'products' || category === 'articles' || category === 'services') {
    return { category, type: words.length === 1 ? 'category' : 'detail' };
  }
  return { category, type: 'content' };
}
