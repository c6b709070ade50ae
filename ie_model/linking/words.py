"""Closed word classes of Persian news that tell which mentions belong together.

All words are folded (``ie_model.persian.folding.fold``) and split at ZWNJ and spaces, so the prefix «می»
is a word of its own where it is written apart. The lists are short on purpose: the pair model learns which
further words matter from its training articles.
"""

from __future__ import annotations

from typing import Final


def as_tuple(text: str) -> tuple[str, ...]:
    """Return the words of ``text``, separated by spaces."""
    return tuple(text.split())


def as_set(text: str) -> frozenset[str]:
    """Return the words of ``text`` as a set."""
    return frozenset(text.split())


def _with_prefixes(stems: str) -> frozenset[str]:
    # Some papers write prefixes without a space: «میشود», «نشده», «نمیشود».
    found = set(stems.split())
    return frozenset(found | {prefix + stem for prefix in ("می", "نمی", "ن", "ب") for stem in found})


COMMAS: Final = frozenset("،,")
STOPS: Final = frozenset(".!?؟؛;…:")
BRACKETS: Final = frozenset("()[]«»\"'")

VERBS: Final = _with_prefixes(
    "است هست هستند بود بودند باشد باشند شد شدند شود شوند شدیم گردد گردید گردند کرد کردند کند کنند کنیم کردیم"
    " دارد دارند داشت داشتند داریم دهد دهند داد دادند دهیم دادیم رسید رسیدند رسد رسند یافت یابد یافتند یابند"
    " خواهد خواهند خواهیم گیرد گیرند گرفت گرفتند آید آیند آمد آمدند رود روند رفت رفتند"
    " پرداخت پردازد ساخت سازد ساختند خورد خورند برد برند گذارد گذاشت ماند مانده نیست نیستند آورد آورند افزود"
    " رساند رساندند کشید کشد افتد افتاد تواند توانند فروخت خرید"
)
PARTICIPLES: Final = as_set(
    "شده کرده بوده داشته یافته رسیده داده گرفته آمده رفته گردیده خورده ساخته برده مانده آورده گذاشته"
)
SPEECH: Final = as_set(
    "گفت گفته افزود اظهار بیان اعلام تصریح تاکید خاطرنشان یادآور یادآوری عنوان ابراز خبر گزارش اشاره گوید"
    " مدعی ادامه توضیح نوشت ذکر"
)
SUBORDINATORS: Final = as_set("که تا اگر چون زیرا ولی اما همچنین نیز درحالی حال همین ضمن هم بلکه")
DEICTICS: Final = as_set("این آن اینها آنها وی او خود مذکور یادشده مزبور همین همان")

#: What stands between the institution that acts and its quantity, or introduces it.
AGENTS: Final = as_tuple(
    "سوی توسط طرف وسیله محل منابع همکاری مشارکت حمایت سهم متعلق وابسته گزارش نقل گفته اعلام مدیرعامل مدیر"
    " مدیرکل رییس رئیس دبیر وزیر معاون سخنگوی عضو نماینده سرپرست مسوول مسئول فرمانده استاندار"
    " در از به با برای و را که است این وی شرکت بانک سازمان وزارت صندوق ستاد"
)

#: First words of an institution's name that say what sort of body it is.
BODIES: Final = as_tuple(
    "بانک شرکت سازمان وزارت دولت صندوق ستاد کمیته بنیاد شورای اداره خبرگزاری روابط کارخانه دانشگاه اتاق"
    " انجمن شهرداری استانداری فرمانداری مجلس مرکز اتحادیه کمیسیون گروه بیمه بورس معاونت موسسه بهزیستی"
)
#: Words by which the speaker means his own body.
WE: Final = as_set("کردیم داریم کنیم دهیم دادیم ما")

#: «از سوی», «توسط»: by.
BY_AGENT: Final = as_set("سوی توسط")
