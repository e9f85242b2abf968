"""Names of people from several parts of the world: as they write them, and in Latin letters for a username."""

from __future__ import annotations

from typing import NamedTuple


class Script(NamedTuple):
    """Given and family names as (written, in Latin letters), and the order and separator they are written in."""

    given: tuple[tuple[str, str], ...]
    family: tuple[tuple[str, str], ...]
    written: str = "{given} {family}"


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((written, latin) for written, latin in (pair.split("/") for pair in text.split()))


LATIN = Script(
    _pairs(
        "Anna/anna Zoë/zoe Léa/lea Łukasz/lukasz Søren/soren José/jose Mia/mia Jürgen/jurgen Ngozi/ngozi"
        " Siobhán/siobhan Tom/tom Grace/grace Kwame/kwame Björn/bjorn Inês/ines Chloé/chloe Oliver/oliver Ruth/ruth"
    ),
    _pairs(
        "Müller/muller O'Brien/obrien García/garcia Kowalska/kowalska Ødegård/odegard Nguyễn/nguyen Weiß/weiss"
        " Çelik/celik Okafor/okafor Lefèvre/lefevre Andersson/andersson Șerban/serban Rossi/rossi Mensah/mensah"
    ),
)
CYRILLIC = Script(
    _pairs("Иван/ivan Ольга/olga Дмитро/dmytro Милена/milena Сергей/sergey Надежда/nadezhda"),
    _pairs("Иванов/ivanov Шевченко/shevchenko Петровић/petrovic Соколова/sokolova Димитров/dimitrov"),
)
GREEK = Script(_pairs("Ελένη/eleni Νίκος/nikos Μαρία/maria"), _pairs("Παπαδόπουλος/papadopoulos Γεωργίου/georgiou"))
ARABIC = Script(
    _pairs("محمد/mohammed فاطمة/fatima ليلى/layla يوسف/youssef مريم/maryam"),
    _pairs("الحداد/alhaddad خوري/khoury منصور/mansour النجار/alnajjar"),
)
HEBREW = Script(_pairs("נועה/noa דוד/david תמר/tamar איתי/itai"), _pairs("כהן/cohen לוי/levi פרידמן/friedman"))
DEVANAGARI = Script(
    _pairs("प्रिया/priya अर्जुन/arjun अनिता/anita रोहन/rohan"), _pairs("शर्मा/sharma पटेल/patel गुप्ता/gupta सिंह/singh")
)
CHINESE = Script(
    _pairs("伟/wei 秀英/xiuying 娜/na 芳/fang 小龙/xiaolong"),
    _pairs("王/wang 李/li 张/zhang 陈/chen 欧阳/ouyang"),
    "{family}{given}",
)
JAPANESE = Script(
    _pairs("太郎/taro 花子/hanako 翔太/shota さくら/sakura"),
    _pairs("山田/yamada 佐藤/sato 鈴木/suzuki 髙橋/takahashi"),
    "{family} {given}",
)
KOREAN = Script(
    _pairs("민준/minjun 서연/seoyeon 지훈/jihoon"), _pairs("김/kim 이/lee 박/park 최/choi"), "{family}{given}"
)

SCRIPTS = (LATIN, CYRILLIC, GREEK, ARABIC, HEBREW, DEVANAGARI, CHINESE, JAPANESE, KOREAN)
SHARES = (0.62, 0.08, 0.02, 0.06, 0.03, 0.07, 0.06, 0.04, 0.02)

TEAMS = (
    "Checkout",
    "Search",
    "Growth, EMEA",
    "Growth, APAC · 亚太",
    "Data & Analytics",
    'Team "Rocket" 🚀',
    "=Finance",
    "فريق النمو",
    "Payments",
    "Mobile",
)
TEAM_AREAS = ("Catalogue", "Logistics", "Support", "Loyalty", "Identity", "Content", "Platform", "Pricing", "Marketing")
