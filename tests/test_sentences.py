"""Where sentences end, by guideline 1.3, in several languages and inside their quotations."""

import pytest

from pactwire.text.sentences import sentence_spans

GOLD = [
    "en: Mr. Smith arrived at 5 p.m. on Monday. | \"We met Dr. J. R. Brown in Washington. | He said no!\" | They left.",
    'en: The U.S. Secretary of State spoke. | “It is dangerous… | We will act.” | He sat down.',
    'en: He asked: "Why?" and left. | "Nobody knows," said Gen. Miller. | "It is too late." | Others agreed.',
    "en: (He was not there. | She was.) | Nobody came . . . until noon. | They stayed at No. 10 Downing Street.",
    "en: N. Korea’s Mr. Kim met Lt. Col. Ivanov. | ‘It was short. | It was cold.’ | Reporters (J. Doe) waited.",
    "en: Ellipses... and none... | End. | (A first one. | A second one.) | [Third.] | 5 came.",
    "fr: « Nous y travaillons. | C’est difficile. » | M. Dupont a répondu. | « Pourquoi ? » a demandé Mme Durand.",
    'fr: "Nous sommes prêts. | Et vous?", a demandé J. Martin. | Nous travaillons à . . . identifier.',
    'fr: Il maintient la RPDC "dans sa lutte contre les États-Unis. " | Reuters écrit à ce sujet. | "Oui. | Non."',
    "fr: « La Corée du Nord livre des obus. | Elle le niera ! » a-t-il ajouté. | Selon l’ONU, « rien n’est prouvé ».",
    "de: „Wir sind bereit. | Das ist klar“, sagte Dr. Müller. | Am 3. Oktober kam er. | „Warum?“, fragte sie.",
    "de: »Das war z. B. in Berlin so. | Es bleibt so.« | Prof. Schmidt widersprach am 19. Juni. | Er schwieg… | Ja.",
    "uk: «Ми готові. | Це важливо», – заявив В. Зеленський. | У 2022 р. почалася війна. | «Чому?» – запитав він.",
    "uk: «Скільки їх? | 10 тисяч чи 12?» – спитав журналіст. | «Не знаю», – відповів О. І. Ковальчук. | Але… може.",
    "uk: \"У Курській області… | Це значна ескалація. | По-третє, це небезпечно\",\xa0– заявив Рютте. | Так.",
    'bg: "Твърда валута? | Енергия ли е? | Не знаем. | Но сме загрижени за това", каза той. | "Това трябва да спре."',
    'bg: Има "реципрочност... която да засегне сигурността". | През 2022 г. започна войната. | Никой… | После.',
    "bg: Според ООН „няма данни“. | Т.нар. учение спря. | „Оръжията са 11 000. | Няма повече“, каза ген. Костов.",
    "pl: „Jesteśmy gotowi. | To ważne” – powiedział prof. Nowak. | W 1989 r. wszystko się zmieniło. | Nikt nie wie…",
    "pl: Woda rosła szybko. | – Nikt tego nie widział – powiedziała dyrektorka. | – Proszę czekać.",
    "es: LIMA. | – El puente cayó ayer. | —¿Quién lo vio? | Nadie.",
    "es: «Estamos listos. | ¿Y ustedes?», preguntó el Sr. Gómez. | ¡No! | EE. UU. respondió el 3 de mayo.",
    "ru: «Мы готовы. | Это важно», – сказал В. В. Путин. | 12 июня т. г. он приехал к Ким Чен Ыну. | Зачем?",
    "ar: قال: «كوريا ترسل الأسلحة. | هذا مؤكد». | لماذا؟ | لا أحد يعرف.",
    'hi: उन्होंने कहा, "कोरिया हथियार भेजता है। | यह सच है।" | कौन जानता है?',
    "sv: ”Vi är redo. | Det är viktigt”, sade chefen. | Varför? | Ingen vet…",
]  # fmt: skip


@pytest.mark.parametrize("line", GOLD, ids=range(len(GOLD)))
def test_sentences_end_by_the_guideline(line: str) -> None:
    """A quotation of several sentences is several; its closing marks and what attributes it belong to the last."""
    language, _, sentences = line.partition(": ")
    expected = sentences.split(" | ")
    text = " ".join(expected)
    assert [text[start:end] for start, end in sentence_spans(text, language)] == expected
