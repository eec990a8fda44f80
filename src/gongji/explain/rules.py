"""The rules of a policy in words: benefits, layers, scopes and questions, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gongji.explain.names import Names
from gongji.explain.phrases import Phrases, Row, all_of, marked, same
from gongji.policy.model import (
    PAPERS,
    YES_NO,
    Along,
    Bear,
    Benefit,
    Condition,
    Count,
    Destination,
    Expression,
    First,
    Go,
    Mark,
    Name,
    Pay,
    Policy,
    Question,
    QuestionCase,
    Refuse,
    Scope,
    Step,
    Words,
)
from gongji.wording import Bilingual

__all__ = ["CaseRead", "Rules"]


class CaseRead(NamedTuple):
    """One case of a question in words: when it holds, what is answered, why, with which papers.

    `when` is empty for a question of one case; `answers` are titles, answers and their marks;
    `leaves` what a registration sets that is granted, and that a claim is accepted.
    """

    when: tuple[Row, ...]
    answers: tuple[tuple[Bilingual, Bilingual, Bilingual], ...]
    refuse: Row | None
    because: Row | None
    papers: tuple[Row, ...]
    leaves: tuple[Row, ...]


class Rules(NamedTuple):
    """The rules of one policy put into words."""

    phrases: Phrases

    @property
    def policy(self) -> Policy:
        """The policy whose rules these are."""
        return self.phrases.policy

    @property
    def names(self) -> Names:
        """The titles of the policy."""
        return self.phrases.names

    def applies(self, condition: Condition) -> Iterator[Row]:
        """The rows that say when a rule applies."""
        for index, (words, mark) in enumerate(self.phrases.condition(condition)):
            start = Bilingual("适用：", "for: ") if index == 0 else Bilingual("或：", "or: ")
            yield start + words, mark

    # --- rules ---

    def benefit(self, benefit: Benefit) -> Iterator[Row]:
        """A benefit or a layer, sentence by sentence."""
        yield from self.applies(benefit.condition)
        if benefit.burden is not None:
            causes = all_of((self.names.cause(one) for one in benefit.burden.causes), "、")
            taken = all_of((self.names.station(one) for one in benefit.burden.benefits), "、")
            yield (
                Bilingual(
                    f"取{taken.zh}中由个人负担的：{causes.zh}",
                    f"takes what the person bears of {taken.en}: {causes.en}",
                ),
                marked(benefit.mark),
            )
        for step in benefit.steps:
            yield from self._step(step, benefit.mark)

    def _step(self, step: Step, mark: Mark) -> Iterator[Row]:
        only = self.phrases.condition(step.when)
        if only:
            words = all_of((row[0] for row in only), "；或：", "; or: ")
            yield (
                Bilingual("下一步仅在：", "the next step only if: ") + words,
                all_of((row[1] for row in only), " ", " "),
            )
        if isinstance(step, Count):
            meter = self.policy.meters[step.meter]
            words = Bilingual(f"计入：{meter.title.zh}", f"counts: {meter.title.en}")
            yield words, marked(meter.mark)
        elif isinstance(step, First):
            amount, to = self.phrases.expression(step.amount), self.destination(step.destination)
            words = Bilingual(f"先是 {amount.zh}：{to.zh}", f"the first {amount.en}: {to.en}")
            yield words, self._cited(step.destination, mark, step.amount)
        elif isinstance(step, Along):
            for cut in step.cuts:
                to = self.destination(cut.destination)
                if cut.to is None:
                    words = Bilingual(f"以上：{to.zh}", f"above: {to.en}")
                    yield words, self._cited(cut.destination, mark)
                else:
                    edge = self.phrases.expression(cut.to)
                    words = Bilingual(f"至 {edge.zh}：{to.zh}", f"to {edge.en}: {to.en}")
                    yield words, self._cited(cut.destination, mark, cut.to)
        else:
            yield self.destination(step.destination), self._cited(step.destination, mark)

    def _cited(self, destination: Destination, mark: Mark, *more: Expression) -> Bilingual:
        """The marks of the figures that a sentence shows and of its rule, or the benefit's."""
        shown = [one for expression in more for one in self.phrases.marks(expression)]
        rule = destination.mark
        to: Destination | None = destination
        while to is not None and isinstance(to.to, Pay):
            if to.to.rate is not None:
                shown.extend(self.phrases.marks(to.to.rate))
            for limit in to.to.limits:
                shown.extend(self.phrases.marks(limit.amount))
            to = to.to.then
            if to is not None and to.mark is not None:
                shown.append(to.mark)
        return marked(rule, *shown) if rule is not None or shown else marked(mark)

    def destination(self, destination: Destination) -> Bilingual:
        """Where money goes."""
        to = destination.to
        if isinstance(to, Bear):
            if to.cause == "same":
                return Bilingual("仍由个人负担", "stays with the person")
            cause = self.names.cause(to.cause)
            return Bilingual(f"个人负担（{cause.zh}）", f"the person bears it ({cause.en})")
        if isinstance(to, Go):
            if to.to == "on":
                return Bilingual("进入下一步", "goes on to the next step")
            if to.to == "next":
                return Bilingual("转入下一个适用的待遇", "goes to the next benefit that takes it")
            title = self.names.station(to.to)
            return Bilingual(f"转入{title.zh}", f"goes to: {title.en}")
        if isinstance(to, Refuse):
            return to.why
        return self._pay(to)

    def _pay(self, pay: Pay) -> Bilingual:
        fund = self.names.fund(pay.fund)
        if pay.rate is None:
            return Bilingual(f"{fund.zh}支付至余额用完", f"the {fund.en} pays up to its balance")
        rate = self.phrases.expression(pay.rate)
        words = Bilingual(f"{fund.zh}支付 {rate.zh}", f"the {fund.en} pays {rate.en}")
        for limit in pay.limits:
            meter = self.policy.meters[limit.meter].title
            amount = self.phrases.expression(limit.amount)
            words += Bilingual(
                f"，{meter.zh}以 {amount.zh} 为限", f", {meter.en} up to {amount.en}"
            )
        if pay.then is not None:
            then = self.destination(pay.then)
            words += Bilingual(f"，其余{then.zh}", f"; the rest: {then.en}")
        return words

    def scope(self, scope: Scope) -> Iterator[Row]:
        """A station before the benefits, sentence by sentence."""
        yield from self.applies(scope.condition)
        if scope.parts:
            causes = all_of((self.names.cause(part) for part in scope.parts), "、")
            words = Bilingual(f"个人负担：{causes.zh}", f"the person bears: {causes.en}")
            yield words, marked(scope.mark)
        elif scope.beyond is not None:
            amount = self.phrases.expression(scope.beyond.amount)
            layers = all_of(self.names.layers_without(scope.beyond.mark), "、")
            words = Bilingual(
                f"超过 {amount.zh} 的部分不计入{layers.zh}",
                f"what lies beyond {amount.en} is not taken into {layers.en}",
            )
            yield words, marked(scope.mark, *self.phrases.marks(scope.beyond.amount))
        else:
            share = (
                self.phrases.expression(scope.share) if scope.share is not None else same("100%")
            )
            marks = self.phrases.marks(scope.share) if scope.share is not None else ()
            cause = self.names.cause(scope.cause or "")
            words = Bilingual(
                f"{share.zh} 由个人负担（{cause.zh}）",
                f"{share.en} borne by the person ({cause.en})",
            )
            yield words, marked(scope.mark, *marks)

    # --- questions ---

    def question(self, question: Question) -> Iterator[Row]:
        """A question, case by case: when, and what is answered then."""
        for case in self.cases(question):
            for index, (words, mark) in enumerate(case.when):
                if not words.zh:
                    yield Bilingual("其余情形：", "otherwise:"), mark
                    continue
                start = Bilingual("如果", "where ") if index == 0 else Bilingual("　或", "  or ")
                yield start + words + Bilingual("：", ":"), mark
            for title, words, mark in case.answers:
                yield title + Bilingual("：", ": ") + words, mark
            if case.refuse is not None:
                words, mark = case.refuse
                yield Bilingual("文件没有写明：", "not stated: ") + words, mark
            yield from case.papers
            yield from case.leaves

    def cases(self, question: Question) -> Iterator[CaseRead]:
        """The cases of a question in words, each part by itself."""
        for case in question.cases:
            mark = marked(case.mark)
            answers = []
            for name, answer in case.answers.items():
                words, marks = self._answer(name, answer)
                title = self.policy.answers[name].title
                answers.append((title, words, marked(case.mark, *marks)))
            yield CaseRead(
                when=tuple(self._when(case)) if len(question.cases) > 1 else (),
                answers=tuple(answers),
                refuse=None if case.refuse is None else (case.refuse, mark),
                because=None if case.because is None else (case.because, mark),
                papers=tuple(self._papers(case)),
                leaves=tuple(self._leave(case)),
            )

    def _leave(self, case: QuestionCase) -> Iterator[Row]:
        """What a registration sets that is granted, and that a claim is accepted."""
        if case.claim:
            words = Bilingual("零星报销按此受理", "a claim on paper is accepted")
            yield words, marked(case.mark)
        if case.grant is None:
            return
        sets = all_of((self._set(*one) for one in case.grant.sets.items()), "、")
        words = Bilingual(f"登记后：{sets.zh}", f"once registered: {sets.en}")
        if case.grant.only:
            only = all_of((self._set(*one) for one in case.grant.only.items()), "、")
            words += Bilingual(f"；只对{only.zh}", f"; only for {only.en}")
        if case.grant.at:
            places = {
                "institution": Bilingual("；只在登记的机构", "; only at the institution named"),
                "area": Bilingual("；只在登记的地区", "; only in the area named"),
            }
            words += places[case.grant.at]
        yield words, marked(case.mark)

    def _set(self, name: str, value: str | Name) -> Bilingual:
        """A fact and what it is set to."""
        to = (
            self.names.fact(value.path)
            if isinstance(value, Name)
            else self.phrases.value(name, value)
        )
        return self.names.fact(name) + Bilingual("＝", " = ") + to

    def _papers(self, case: QuestionCase) -> Iterator[Row]:
        always = [need for need in case.needs if need.condition is None]
        if always:
            papers = all_of((self._one_of(need.names) for need in always), "、")
            marks = [need.mark for need in always if need.mark is not None]
            words = Bilingual(f"需带：{papers.zh}", f"papers: {papers.en}")
            yield words, marked(*(marks or [case.mark]))
        for need in case.needs:
            if need.condition is not None:
                rows = [words for words, _ in self.phrases.condition(need.condition)]
                when, paper = all_of(rows, "，或", ", or "), self._one_of(need.names)
                words = Bilingual(
                    f"另带：{paper.zh}（{when.zh}）", f"also: {paper.en} (where {when.en})"
                )
                yield words, marked(need.mark or case.mark)

    def _when(self, case: QuestionCase) -> Iterator[Row]:
        """The alternatives of a case; no words for the case of all others."""
        if case.condition is None:
            yield same(""), same("")
            return
        yield from self.phrases.condition(case.condition)

    def _answer(self, name: str, answer: str | Expression | Words) -> tuple[Bilingual, list[Mark]]:
        if isinstance(answer, Words):
            return all_of(answer.texts, "；", "; "), []
        if isinstance(answer, str):
            yes_no = self.policy.answers[name].kind == "yes_no"
            return YES_NO[answer] if yes_no else self.phrases.value(name, answer), []
        return self.phrases.expression(answer), list(self.phrases.marks(answer))

    def _one_of(self, names: tuple[str, ...]) -> Bilingual:
        return all_of((self.phrases.value(PAPERS, name) for name in names), "或", " or ")
