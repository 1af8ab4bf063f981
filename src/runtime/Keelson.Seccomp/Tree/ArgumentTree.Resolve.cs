namespace Keelson.Seccomp;

// What is known of one condition, and the comparison that tells more.
internal sealed partial class ArgumentTree
{
    private enum Outcome : byte { False, True, Open }

    /// <summary>Whether a condition holds as far as the facts tell; what to compare next when they do not.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="shown">Which masked words have been shown to fit: bit 0 the lower, bit 1 the upper.</param>
    /// <param name="facts">What is known.</param>
    /// <param name="test">The next comparison for <see cref="Outcome.Open"/>.</param>
    private static Outcome Resolve(in Condition condition, uint shown, in ArgumentFacts facts, out WordTest test)
    {
        test = default;
        return condition.Kind switch
        {
            ConditionKind.Always => Outcome.True,
            ConditionKind.Never => Outcome.False,
            ConditionKind.Equal => ResolveEqual(condition, facts, out test),
            ConditionKind.NotEqual => Not(ResolveEqual(condition, facts, out test)),
            ConditionKind.Below => ResolveBelow(condition, facts, out test),
            ConditionKind.AtLeast => Not(ResolveBelow(condition, facts, out test)),
            _ => ResolveMasked(condition, shown, facts, out test),
        };
    }

    private static Outcome Not(Outcome outcome) => outcome switch { Outcome.False => Outcome.True, Outcome.True => Outcome.False, _ => Outcome.Open };

    private static Outcome ResolveEqual(in Condition condition, in ArgumentFacts facts, out WordTest test)
    {
        if (!condition.IsNarrow)
        {
            Outcome upper = EqualWord(ArgumentFacts.Word(condition.Argument, true), (uint)(condition.Value >> 32), facts, out test);
            if (upper != Outcome.True) return upper;
        }
        return EqualWord(ArgumentFacts.Word(condition.Argument, false), (uint)condition.Value, facts, out test);
    }

    private static Outcome EqualWord(int word, uint value, in ArgumentFacts facts, out WordTest test)
    {
        test = new(word, Comparison.Equal, value);
        if (value < facts.Least(word) || value > facts.Most(word)) return Outcome.False;
        return facts.IsPoint(word) ? Outcome.True : Outcome.Open;
    }

    //  upper:  below | same as the value's | above        with "same":  lower:  below | the value's or more
    //          true  | the lower decides   | false                              true  | false
    private static Outcome ResolveBelow(in Condition condition, in ArgumentFacts facts, out WordTest test)
    {
        test = default;
        if (!condition.IsNarrow)
        {
            int upper = ArgumentFacts.Word(condition.Argument, true);
            uint limit = (uint)(condition.Value >> 32);
            if (facts.Most(upper) < limit) return Outcome.True;
            if (facts.Least(upper) > limit) return Outcome.False;
            if (!facts.IsPoint(upper))
            {
                test = new(upper, facts.Least(upper) < limit ? Comparison.AtLeast : Comparison.Above, limit);
                return Outcome.Open;
            }
        }
        int lower = ArgumentFacts.Word(condition.Argument, false);
        uint value = (uint)condition.Value;
        if (facts.Most(lower) < value) return Outcome.True;
        if (facts.Least(lower) >= value) return Outcome.False;
        test = new(lower, Comparison.AtLeast, value);
        return Outcome.Open;
    }

    private static Outcome ResolveMasked(in Condition condition, uint shown, in ArgumentFacts facts, out WordTest test)
    {
        test = default;
        for (int half = condition.IsNarrow ? 0 : 1; half >= 0; half--)
        {
            int word = ArgumentFacts.Word(condition.Argument, half == 1);
            uint mask = (uint)(condition.Mask >> half * 32), value = (uint)(condition.Value >> half * 32);
            if (mask == 0 || (shown & 1u << half) != 0) continue;
            if (mask == uint.MaxValue)
            {
                Outcome equal = EqualWord(word, value, facts, out test);
                if (equal != Outcome.True) return equal;
            }
            else if (!facts.IsPoint(word))
            {
                test = new(word, Comparison.MaskedEqual, value, mask);
                return Outcome.Open;
            }
            else if ((facts.Least(word) & mask) != value) return Outcome.False;
        }
        return Outcome.True;
    }

    /// <summary>What the answer of a comparison says of a condition beyond what the facts keep.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="test">The comparison.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="shown">Gets the bit of a masked word that the answer showed to fit.</param>
    private static Outcome Apply(in Condition condition, in WordTest test, bool answer, ref uint shown)
    {
        int half = test.Word & 1;
        if (test.Word >> 1 != condition.Argument || (half == 1 && condition.IsNarrow)) return Outcome.Open;
        uint value = (uint)(condition.Value >> half * 32);
        if (test.Comparison == Comparison.Equal && !answer && value == test.Constant)
        {
            if (condition.Kind == ConditionKind.Equal) return Outcome.False;
            if (condition.Kind == ConditionKind.NotEqual) return Outcome.True;
            if (condition.Kind == ConditionKind.Masked && (uint)(condition.Mask >> half * 32) == uint.MaxValue) return Outcome.False;
        }
        if (test.Comparison == Comparison.MaskedEqual && condition.Kind == ConditionKind.Masked && (uint)(condition.Mask >> half * 32) == test.Mask)
        {
            if (answer != (value == test.Constant)) return Outcome.False;
            if (answer) shown |= 1u << half;
        }
        return Outcome.Open;
    }
}
