using System.Runtime.CompilerServices;

namespace Keelson.Seccomp;

/// <summary>What a way through the graph has shown of the arguments: the range of each of their twelve words.</summary>
internal struct ArgumentFacts
{
    internal const int Words = 12;

    private WordArray least, most;

    /// <summary>Nothing is known.</summary>
    internal static ArgumentFacts None
    {
        get
        {
            ArgumentFacts facts = default;
            ((Span<uint>)facts.most).Fill(uint.MaxValue);
            return facts;
        }
    }

    /// <summary>The word of an argument: 2n is the lower half of argument n, 2n+1 the upper.</summary>
    internal static int Word(int argument, bool isUpper) => argument * 2 + (isUpper ? 1 : 0);

    internal readonly uint Least(int word) => least[word];

    internal readonly uint Most(int word) => most[word];

    internal readonly bool IsPoint(int word) => least[word] == most[word];

    /// <summary>The facts with the answer of a comparison added. A constant strictly inside the range that a word is not is no fact of this kind.</summary>
    internal readonly ArgumentFacts With(in WordTest test, bool answer)
    {
        ArgumentFacts facts = this;
        ref uint min = ref facts.least[test.Word];
        ref uint max = ref facts.most[test.Word];
        switch (test.Comparison)
        {
            case Comparison.Equal when answer: min = max = test.Constant; break;
            case Comparison.Equal when test.Constant == min: min++; break;
            case Comparison.Equal when test.Constant == max: max--; break;
            case Comparison.AtLeast when answer: min = Math.Max(min, test.Constant); break;
            case Comparison.AtLeast: max = Math.Min(max, test.Constant - 1); break;
            case Comparison.Above when answer: min = Math.Max(min, test.Constant + 1); break;
            case Comparison.Above: max = Math.Min(max, test.Constant); break;
        }
        return facts;
    }

    [InlineArray(Words)]
    private struct WordArray
    {
        private uint first;
    }
}

/// <summary>One comparison of one word of the arguments.</summary>
internal readonly record struct WordTest(int Word, Comparison Comparison, uint Constant, uint Mask = 0);
