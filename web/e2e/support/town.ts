import type { Crowd, Member } from "./crowd";

/** A server as it looks when people live on it, in one language. */
interface Town {
  /** The title of the room that every server has. */
  general: string;
  owner: string;
  /** The friend with a browser and a voice. */
  friend: string;
  others: string[];
  rooms: { title: string; slug: string; category?: string }[];
  categories: { title: string; slug: string }[];
  /** Who says what in general; `to` is the index of the line that is answered. */
  talk: { who: number; text: string; to?: number }[];
}

/** 0 is the owner, 1 the friend, from 2 on the others. */
export const towns: Record<"en" | "ru", Town> = {
  en: {
    general: "General",
    owner: "Anna",
    friend: "Boris P.",
    others: ["Vera", "Gleb M.", "Daria", "Ivan", "Marta K."],
    categories: [
      { title: "Work", slug: "work" },
      { title: "After hours", slug: "after-hours" },
    ],
    rooms: [
      { title: "Planning", slug: "planning", category: "work" },
      { title: "Design review", slug: "design-review", category: "work" },
      { title: "Film night", slug: "film-night", category: "after-hours" },
      { title: "Chess", slug: "chess", category: "after-hours" },
    ],
    talk: [
      { who: 2, text: "Morning! Is the call at ten or at half past?" },
      { who: 0, text: "At ten, here. Boris brings the numbers from the load test." },
      { who: 1, text: "They are done, all of them. Nobody dropped out." },
      { who: 1, text: "The whole report: https://example.org/reports/42" },
      { who: 3, text: "What did it cost the server?" },
      { who: 1, text: "Ask the kettle. It noticed more.", to: 4 },
      { who: 3, text: "Not bad at all" },
      {
        who: 4,
        text: "I am on a train until noon, so I only listen. If something needs a decision, write it here.",
      },
      {
        who: 0,
        text: "Then in this order:\n1. the release on Thursday\n2. who writes the announcement\n3. film night",
      },
      { who: 2, text: "I can write the announcement.", to: 8 },
      { who: 5, text: "And I choose the film. No musicals, I promise." },
      { who: 4, text: "I have heard that before 😄" },
    ],
  },
  ru: {
    general: "Общая",
    owner: "Анна",
    friend: "Борис П.",
    others: ["Вера", "Глеб М.", "Дарья", "Иван", "Марта К."],
    categories: [
      { title: "Работа", slug: "work" },
      { title: "После работы", slug: "after-hours" },
    ],
    rooms: [
      { title: "Планы", slug: "planning", category: "work" },
      { title: "Обзор макетов", slug: "design-review", category: "work" },
      { title: "Киновечер", slug: "film-night", category: "after-hours" },
      { title: "Шахматы", slug: "chess", category: "after-hours" },
    ],
    talk: [
      { who: 2, text: "Доброе утро! Созвон в десять или в половине?" },
      { who: 0, text: "В десять, здесь. Борис принесёт цифры нагрузки." },
      { who: 1, text: "Готовы, все до одной. Никто не выпал." },
      { who: 1, text: "Отчёт целиком: https://example.org/reports/42" },
      { who: 3, text: "И во что это обошлось серверу?" },
      { who: 1, text: "Спроси у чайника, он заметил больше.", to: 4 },
      { who: 3, text: "Очень неплохо" },
      { who: 4, text: "Я до полудня в поезде, поэтому только слушаю. Если нужно решение, напишите сюда." },
      { who: 0, text: "Тогда по порядку:\n1. выпуск в четверг\n2. кто пишет объявление\n3. киновечер" },
      { who: 2, text: "Объявление могу написать я.", to: 8 },
      { who: 5, text: "А я выбираю фильм. Обещаю: не мюзикл." },
      { who: 4, text: "Это мы уже слышали 😄" },
    ],
  },
};

/**
 * Fills an empty server: the owner's account and everybody but the friend, who
 * comes by the returned invite; `speaks` tells the friend's lines from there.
 */
export async function settles(
  crowd: Crowd,
  town: Town,
): Promise<{ owner: Member; others: Member[]; friend: Member; invite: string }> {
  const owner = await crowd.registers(town.owner);
  const { invite } = await owner.call<{ invite: { code: string } }>("POST", "/v1/invites", {});
  const { rooms } = await owner.call<{ rooms: { id: string }[] }>("GET", "/v1/rooms");
  await owner.call("PATCH", `/v1/rooms/${rooms[0]?.id}`, { title: town.general });
  const categories = new Map<string, string>();
  for (const { title, slug } of town.categories) {
    const { category } = await owner.call<{ category: { id: string } }>("POST", "/v1/room-categories", {
      title,
      slug,
    });
    categories.set(slug, category.id);
  }
  for (const { title, slug, category } of town.rooms)
    await owner.call("POST", "/v1/rooms", { title, slug, categoryId: categories.get(category ?? "") });
  const friend = await crowd.registers(town.friend, invite.code);
  const others: Member[] = [];
  for (const name of town.others) others.push(await crowd.registers(name, invite.code));
  const all = [owner, friend, ...others];
  for (const member of all) {
    await member.comesOnline();
    await member.enters("general");
  }
  const ids: string[] = [];
  for (const { who, text, to } of town.talk) {
    const member = all[who] as Member;
    ids.push(await member.says(text, to === undefined ? undefined : ids[to]));
  }
  const [vera, gleb, daria, ivan, marta] = others as [Member, Member, Member, Member, Member];
  await vera.joinsVoice("general");
  await gleb.joinsVoice("general", true);
  await daria.joinsVoice("general", true, true);
  await ivan.joinsVoice("film-night");
  await marta.joinsVoice("film-night");
  return { owner, others, friend, invite: invite.code };
}
