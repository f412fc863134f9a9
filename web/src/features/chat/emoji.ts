/** Emoji to react with, each with the words that find it, in English and Russian. */
export const EMOJI: readonly [emoji: string, words: string][] = `
😀 grinning smile happy|улыбка радость
😃 smiley happy|улыбка радость
😄 laugh smile|смех улыбка
😁 grin beam|ухмылка улыбка
😆 laughing squint|смех хохот
😅 sweat relief phew|пот фух неловко
🤣 rofl rolling laugh|хохот ржу смех
😂 joy tears laugh lol|смех слёзы лол
🙂 slight smile|улыбка
🙃 upside down irony|вверх ногами ирония
😉 wink|подмигивание
😊 blush warm smile|румянец улыбка
😇 angel halo innocent|ангел нимб
🥰 love hearts adore|любовь обожание
😍 heart eyes love|влюблён глаза сердца
🤩 star struck wow|звёзды восторг
😘 kiss blow|поцелуй
😋 yum tasty|вкусно
😜 tongue wink crazy|язык дразнить
🤪 zany crazy|безумие
🤑 money rich|деньги
🤗 hug hands|обнимаю объятия
🤭 giggle oops|хихикать ой
🤫 quiet shush secret|тихо секрет
🤔 thinking hmm|думаю хм
🤐 zipper mouth|молчу рот на замке
😐 neutral meh|нейтрально
😑 expressionless|без эмоций
😶 no mouth silent|молчание
😏 smirk|ухмылка
😒 unamused|недоволен
🙄 eye roll|закатить глаза
😬 grimace awkward|гримаса неловко
😌 relieved calm|спокойствие облегчение
😔 sad pensive|грусть
😪 sleepy tired|сонный
😴 sleep zzz|сон сплю
😷 mask sick|маска болею
🤒 sick fever|болезнь температура
🤕 hurt bandage|травма больно
🤢 nausea sick|тошнит
🥵 hot heat|жарко
🥶 cold freezing|холодно мороз
😵 dizzy|голова кругом
🤯 mind blown|взрыв мозга
🤠 cowboy|ковбой
🥳 party celebrate|праздник вечеринка
😎 cool sunglasses|круто очки
🤓 nerd geek|ботан умник
🧐 monocle inspect|монокль изучаю
😕 confused|смущение
😟 worried|беспокойство
🙁 frown sad|грусть
😮 wow open mouth surprise|ого удивление
😲 astonished|изумление
😳 flushed shy|смущён стыд
🥺 please puppy eyes|пожалуйста умоляю
😨 fear|страх
😰 anxious sweat|тревога
😢 cry sad tear|плачу грусть слеза
😭 sob cry loud|рыдаю плачу
😱 scream fear|крик ужас
😖 confounded|мучение
😩 weary tired|устал
🥱 yawn bored|зеваю скука
😤 triumph huff|фырк победа
😡 angry rage|злость ярость
🤬 swear curse|ругань мат
😈 devil mischief|чёрт проказа
💀 skull dead|череп умер
💩 poop|какашка
🤡 clown|клоун
👻 ghost boo|призрак
👽 alien|пришелец
🤖 robot bot|робот бот
👍 thumbs up yes good like|да хорошо класс палец вверх
👎 thumbs down no bad|нет плохо палец вниз
👌 ok perfect|окей отлично
✌️ victory peace|победа мир
🤞 fingers crossed luck|удача скрестить пальцы
🤘 rock horns|рок
🤙 call me|позвони
👈 left point|влево
👉 right point|вправо
👆 up point|вверх
👇 down point|вниз
☝️ one point up|внимание один
👋 wave hello bye|привет пока машу
🖐️ hand five|ладонь пять
✋ stop hand|стоп ладонь
👏 clap applause|аплодисменты хлопаю
🙌 raised hands hooray|ура руки
🤝 handshake deal|рукопожатие договорились
🙏 thanks please pray|спасибо пожалуйста
💪 muscle strong|сила мускул
👀 eyes look|глаза смотрю
🧠 brain smart|мозг ум
🤷 shrug dunno|не знаю пожимаю
🤦 facepalm|фейспалм лицо
🙋 raise hand me|рука я
🫡 salute|есть честь
❤️ heart love red|сердце любовь
🧡 orange heart|оранжевое сердце
💛 yellow heart|жёлтое сердце
💚 green heart|зелёное сердце
💙 blue heart|синее сердце
💜 purple heart|фиолетовое сердце
🖤 black heart|чёрное сердце
🤍 white heart|белое сердце
💔 broken heart|разбитое сердце
💕 two hearts love|сердечки любовь
💯 hundred full|сто
💥 boom explosion|взрыв бум
💫 dizzy star|звезда
💤 zzz sleep|сон
🔥 fire hot lit|огонь жара
✨ sparkles shine|блеск искры
⭐ star|звезда
🌟 glowing star|сияющая звезда
⚡ lightning fast|молния быстро
☀️ sun|солнце
🌧️ rain|дождь
❄️ snow cold|снег холод
🌈 rainbow|радуга
🌊 wave sea|волна море
🌙 moon night|луна ночь
🎉 party tada celebrate|праздник ура
🎊 confetti|конфетти
🎂 cake birthday|торт день рождения
🎁 gift present|подарок
🎈 balloon|шарик
🏆 trophy win|кубок победа
🥇 gold medal first|золото медаль
🎯 target bullseye|цель точно
🎮 game play|игра
🎲 dice|кубик игра
♟️ chess|шахматы
🎵 music note|музыка нота
🎧 headphones listen|наушники музыка
🎤 microphone sing|микрофон голос
🎸 guitar|гитара
🎬 film movie|кино фильм
📷 photo camera|фото камера
📞 phone call|телефон звонок
💻 laptop computer|ноутбук компьютер
🖥️ desktop computer|компьютер
⌨️ keyboard|клавиатура
💾 save disk|дискета сохранить
📦 package box|посылка пакет
📝 note write|заметка запись
📌 pin|булавка закрепить
📎 clip attach|скрепка
📈 chart up growth|рост график
📉 chart down fall|падение график
📅 calendar date|календарь дата
⏰ alarm time|будильник время
⏳ wait hourglass|ждать часы
🔑 key|ключ
🔒 lock|замок
🔔 bell notify|колокольчик
🔕 mute bell|без звука
🔧 wrench fix tool|ключ починить
🔨 hammer build|молоток
🐛 bug|баг жук
🚀 rocket ship launch|ракета запуск
🚗 car|машина
🚲 bike|велосипед
✈️ plane travel|самолёт
🚂 train|поезд
🏠 home house|дом
🏢 office|офис
☕ coffee tea|кофе чай
🍵 tea|чай
🍺 beer|пиво
🍻 cheers beers|пиво за нас
🍷 wine|вино
🥂 toast clink|тост бокалы
🍕 pizza|пицца
🍔 burger|бургер
🍎 apple|яблоко
🍌 banana|банан
🍰 cake slice|торт
🍪 cookie|печенье
🥟 dumpling|пельмень
🥗 salad|салат
🐱 cat|кот кошка
🐶 dog|собака пёс
🐻 bear|медведь
🦊 fox|лиса
🐼 panda|панда
🐸 frog|лягушка
🦆 duck|утка
🐧 penguin|пингвин
🦉 owl|сова
🐢 turtle slow|черепаха медленно
🦄 unicorn|единорог
🌱 plant grow|росток
🌲 tree|дерево ёлка
🌹 rose flower|роза цветок
🌻 sunflower|подсолнух
✅ check done yes|готово да галочка
☑️ checkbox|галочка
❌ cross no wrong|нет крест
❓ question|вопрос
❗ important exclamation|важно внимание
⚠️ warning|предупреждение осторожно
🚫 forbidden no|нельзя запрет
➕ plus add|плюс
➖ minus|минус
🔁 repeat again|повтор
🆗 ok|окей
🆕 new|новое
🔴 red circle|красный
🟡 yellow circle|жёлтый
🟢 green circle|зелёный
🔵 blue circle|синий
🏁 finish flag|финиш
🏳️ white flag|белый флаг
`
  .trim()
  .split("\n")
  .map((line) => {
    const at = line.indexOf(" ");
    return [
      line.slice(0, at),
      line
        .slice(at + 1)
        .toLowerCase()
        .replaceAll("ё", "е"),
    ];
  });
